"""The schema, as the ordered list of steps that made it.

A step that was released is never edited: a change is a new step at the end. `user_version` counts the steps
that a database has taken. No STRICT tables: some distributions' Python 3.11 still stands on SQLite 3.34.
"""

_FIRST = (
    """
    CREATE TABLE run (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        kind TEXT NOT NULL,
        label TEXT NOT NULL,
        outcome TEXT NOT NULL CHECK (outcome IN ('running', 'finished', 'interrupted', 'failed')),
        started_at TEXT NOT NULL,
        finished_at TEXT,
        workspace_root TEXT NOT NULL,
        git_commit TEXT,
        git_dirty INTEGER CHECK (git_dirty IN (0, 1)),
        rustc_version TEXT NOT NULL,
        cargo_version TEXT NOT NULL,
        tool_version TEXT NOT NULL,
        seed INTEGER NOT NULL,
        cpu_model TEXT NOT NULL,
        cores INTEGER NOT NULL,
        memory_bytes INTEGER,
        kernel TEXT NOT NULL,
        load REAL
    )
    """,
    """
    CREATE TABLE variant (
        id INTEGER PRIMARY KEY,
        run_id INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
        position INTEGER NOT NULL,
        name TEXT NOT NULL,
        config TEXT NOT NULL,
        env TEXT NOT NULL,
        cached INTEGER NOT NULL CHECK (cached IN (0, 1)),
        UNIQUE (run_id, name)
    )
    """,
    """
    CREATE TABLE sample (
        id INTEGER PRIMARY KEY,
        run_id INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
        variant TEXT NOT NULL,
        scenario TEXT NOT NULL,
        repetition INTEGER NOT NULL,
        started_at TEXT NOT NULL,
        wall_s REAL NOT NULL,
        cpu_s REAL NOT NULL,
        units_compiled INTEGER NOT NULL,
        units_fresh INTEGER NOT NULL,
        target_bytes INTEGER,
        cache_hits INTEGER,
        cache_misses INTEGER,
        cache_not_cacheable INTEGER,
        cache_errors INTEGER,
        FOREIGN KEY (run_id, variant) REFERENCES variant (run_id, name) ON DELETE CASCADE
    )
    """,
    "CREATE INDEX sample_by_run ON sample (run_id)",
    """
    CREATE TABLE test_outcome (
        run_id INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
        phase TEXT NOT NULL CHECK (phase IN ('before', 'after')),
        binary TEXT NOT NULL,
        name TEXT NOT NULL,
        status TEXT NOT NULL,
        PRIMARY KEY (run_id, phase, binary, name)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE test_phase (
        run_id INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
        phase TEXT NOT NULL CHECK (phase IN ('before', 'after')),
        PRIMARY KEY (run_id, phase)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE lever_outcome (
        run_id INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
        position INTEGER NOT NULL,
        name TEXT NOT NULL,
        title TEXT NOT NULL,
        standing TEXT NOT NULL,
        reason TEXT NOT NULL,
        gives_up TEXT NOT NULL,
        PRIMARY KEY (run_id, position)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE goal (
        run_id INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
        position INTEGER NOT NULL,
        name TEXT NOT NULL,
        state TEXT NOT NULL,
        detail TEXT NOT NULL,
        PRIMARY KEY (run_id, position)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE sweep (
        id INTEGER PRIMARY KEY,
        run_id INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
        target_dir TEXT NOT NULL,
        before_bytes INTEGER NOT NULL,
        after_bytes INTEGER NOT NULL,
        deleted_units INTEGER NOT NULL,
        kept_units INTEGER NOT NULL,
        rebuilt_units INTEGER,
        skipped TEXT NOT NULL
    )
    """,
    "CREATE INDEX sweep_by_run ON sweep (run_id)",
    """
    CREATE TABLE shared_target (
        run_id INTEGER PRIMARY KEY REFERENCES run (id) ON DELETE CASCADE,
        standing TEXT NOT NULL,
        evidence TEXT NOT NULL,
        packages TEXT NOT NULL,
        separate_bytes INTEGER,
        shared_bytes INTEGER,
        same_name_binaries TEXT NOT NULL
    )
    """,
    """
    CREATE TABLE plan (
        run_id INTEGER PRIMARY KEY REFERENCES run (id) ON DELETE CASCADE,
        title TEXT NOT NULL,
        diff TEXT NOT NULL
    )
    """,
    """
    CREATE TABLE changed_file (
        run_id INTEGER NOT NULL REFERENCES plan (run_id) ON DELETE CASCADE,
        position INTEGER NOT NULL,
        path TEXT NOT NULL,
        how TEXT NOT NULL CHECK (how IN ('created', 'edited', 'removed')),
        why TEXT NOT NULL,
        step TEXT NOT NULL,
        PRIMARY KEY (run_id, position)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE warning (
        id INTEGER PRIMARY KEY,
        run_id INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
        text TEXT NOT NULL
    )
    """,
    "CREATE INDEX warning_by_run ON warning (run_id)",
    """
    CREATE TABLE fact (
        run_id INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
        key TEXT NOT NULL,
        value TEXT NOT NULL,
        PRIMARY KEY (run_id, key)
    ) WITHOUT ROWID
    """,
)

_METER = (
    "ALTER TABLE sample ADD COLUMN server_cpu_s REAL",
    "ALTER TABLE sample ADD COLUMN peak_memory_bytes INTEGER",
    # What was recorded before had cargo's own children only, as wait4 tells: that is what 'rusage' means.
    "ALTER TABLE sample ADD COLUMN accounting TEXT NOT NULL DEFAULT 'rusage'",
    "ALTER TABLE sample ADD COLUMN accounting_note TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE sample ADD COLUMN load_1m REAL",
    "ALTER TABLE sample ADD COLUMN clock_jump_s REAL NOT NULL DEFAULT 0",
    "ALTER TABLE sample ADD COLUMN suspended_s REAL NOT NULL DEFAULT 0",
)

_SWEEPS = (
    """
    CREATE TABLE own_sweep (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        target_dir TEXT NOT NULL,
        swept_at TEXT NOT NULL,
        cause TEXT NOT NULL,
        before_bytes INTEGER NOT NULL,
        after_bytes INTEGER NOT NULL,
        deleted_units INTEGER NOT NULL,
        kept_units INTEGER NOT NULL,
        max_bytes INTEGER,
        min_free_bytes INTEGER,
        older_than_s REAL,
        rebuild_s REAL NOT NULL,
        compile_s REAL NOT NULL,
        missing_bytes INTEGER NOT NULL,
        skipped TEXT NOT NULL
    )
    """,
    "CREATE INDEX own_sweep_by_target ON own_sweep (target_dir, id)",
    """
    CREATE TABLE own_sweep_part (
        sweep_id INTEGER NOT NULL REFERENCES own_sweep (id) ON DELETE CASCADE,
        position INTEGER NOT NULL,
        step TEXT NOT NULL,
        reason TEXT NOT NULL,
        pieces INTEGER NOT NULL,
        freed_bytes INTEGER NOT NULL,
        PRIMARY KEY (sweep_id, position)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE unit_time (
        target_dir TEXT NOT NULL,
        profile TEXT NOT NULL,
        package TEXT NOT NULL,
        hash TEXT NOT NULL,
        wall_s REAL NOT NULL,
        frontend_s REAL,
        seen_at TEXT NOT NULL,
        PRIMARY KEY (target_dir, profile, package, hash)
    ) WITHOUT ROWID
    """,
)

_IDENTITY = (
    # What a run is known by in every copy of the history; `id` is only this database's own.
    "ALTER TABLE run ADD COLUMN uid TEXT",
    "UPDATE run SET uid = lower(hex(randomblob(16)))",
    "CREATE UNIQUE INDEX run_by_uid ON run (uid)",
    """
    CREATE TRIGGER run_gets_uid AFTER INSERT ON run WHEN NEW.uid IS NULL BEGIN
        UPDATE run SET uid = lower(hex(randomblob(16))) WHERE id = NEW.id;
    END
    """,
    # When a run was taken over from another machine's history; NULL for those that were made here.
    "ALTER TABLE run ADD COLUMN imported_at TEXT",
)

_SEEN = (
    # What the proof of a sweep compiled; what became of its price.
    "ALTER TABLE own_sweep ADD COLUMN rebuilt_units INTEGER",
    "ALTER TABLE own_sweep ADD COLUMN seen_units INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE own_sweep ADD COLUMN seen_foretold_s REAL NOT NULL DEFAULT 0",
    "ALTER TABLE own_sweep ADD COLUMN seen_compile_s REAL NOT NULL DEFAULT 0",
    "ALTER TABLE own_sweep ADD COLUMN seen_rebuild_s REAL NOT NULL DEFAULT 0",
    """
    CREATE TABLE own_sweep_unit (
        sweep_id INTEGER NOT NULL REFERENCES own_sweep (id) ON DELETE CASCADE,
        profile TEXT NOT NULL,
        package TEXT NOT NULL,
        hash TEXT NOT NULL,
        compile_s REAL NOT NULL,
        PRIMARY KEY (sweep_id, profile, package, hash)
    ) WITHOUT ROWID
    """,
)

MIGRATIONS: tuple[tuple[str, ...], ...] = (_FIRST, _METER, _SWEEPS, _IDENTITY, _SEEN)
"""Each migration is a tuple of statements, applied in one transaction."""

APPLICATION_ID = 0x484F4E45
"""The bytes HONE in the database's header: what tells our file from any other SQLite database."""
