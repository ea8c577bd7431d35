"""What a tiny workspace can be like: every fact of it that a history may change, and the files that say so.

Two members (`app` with a library, a program, a test and a bench; the proc macro `mac`), one more that comes and goes
(`tool`), and two path packages beside them: `dep` (a build script, a feature, a version) and `extra`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

HOST = "x86_64-unknown-linux-gnu"


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """The facts. Numbers are edits of sources: the program prints them."""

    app: int = 1
    dep: int = 1
    macro: int = 1
    script: int = 1
    dep_version: str = "0.1.0"
    big: bool = False
    more: bool = False
    has_extra: bool = False
    has_tool: bool = False
    has_second: bool = False
    has_test: bool = True
    test_name: str = "first"
    debug: str = "0"
    dep_opt: str = "0"
    panic: str = "unwind"
    flagged: bool = False
    triple: str = ""

    @property
    def says(self) -> str:
        """What the program `app` prints (built without features of the command line)."""
        big, more = int(self.big), int(self.more)
        return (
            f"{self.app} {self.dep} {self.script} {self.macro} {self.dep_version} {big} {more} "
            f"{int(self.has_extra)} {int(self.flagged)}\n"
        )

    def files(self) -> Mapping[str, str]:
        """Every file of the workspace, by its path."""
        return {
            "Cargo.toml": _lines(
                "[workspace]",
                f'members = ["app", "mac"{self._tool}]',
                'exclude = ["beside"]',
                'resolver = "2"',
                "[profile.dev]",
                f'debug = {self.debug}\npanic = "{self.panic}"',
                "[profile.dev.package.dep]",
                f"opt-level = {self.dep_opt}",
                '[profile.release]\nopt-level = 0\nstrip = "none"',
            ),
            **self._app(),
            **_package("mac", lib="proc-macro = true"),
            "mac/src/lib.rs": "#[proc_macro] pub fn number(_: proc_macro::TokenStream) -> "
            f'proc_macro::TokenStream {{ "{self.macro}u32".parse().unwrap() }}\n',
            **_package("beside/dep", version=self.dep_version, features="big = []\nwide = []"),
            "beside/dep/build.rs": (
                'fn main() { println!("cargo:rerun-if-changed=build.rs");\n'
                'let out = std::path::PathBuf::from(std::env::var_os("OUT_DIR").unwrap());\n'
                f'std::fs::write(out.join("script.rs"), "pub const SCRIPT: u32 = {self.script};").unwrap();\n'
                'std::fs::write(out.join("big.bin"), vec![1u8; 100_000]).unwrap(); }\n'
            ),
            "beside/dep/src/lib.rs": (
                'include!(concat!(env!("OUT_DIR"), "/script.rs"));\n'
                f"pub const DEP: u32 = {self.dep};\n"
                'pub const VERSION: &str = env!("CARGO_PKG_VERSION");\n'
                'pub const BIG: bool = cfg!(feature = "big");\n'
            ),
            **_package("beside/extra"),
            "beside/extra/src/lib.rs": "pub const EXTRA: u32 = 1;\n",
            # (With a feature that nothing says: `-p app` builds another dependency than the whole workspace.)
            **(
                {**_package("tool", needs=f"dep = {{ {_DEP}, features = ['wide'] }}"), **_TOOL}
                if self.has_tool
                else {}
            ),
            **({".cargo/config.toml": self._configuration()} if self._configuration() else {}),
        }

    @property
    def _tool(self) -> str:
        return ', "tool"' if self.has_tool else ""

    def _app(self) -> Mapping[str, str]:
        extra = "extra::EXTRA" if self.has_extra else "0"
        features = ', features = ["big"]' if self.big else ""
        needs = f'mac = {{ path = "../mac" }}\ndep = {{ path = "../beside/dep"{features} }}\n'
        if self.has_extra:
            needs += 'extra = { path = "../beside/extra" }\n'
        default = '"more"' if self.more else ""
        made = {
            **_package("app", needs=needs, features=f"default = [{default}]\nmore = []\nodd = []"),
            "app/src/lib.rs": (
                "pub fn says() -> String {\n"
                f'format!("{self.app} {{}} {{}} {{}} {{}} {{}} {{}} {{}} {{}}", dep::DEP, dep::SCRIPT,\n'
                "mac::number!(), dep::VERSION, dep::BIG as u32,\n"
                f'cfg!(feature = "more") as u32, {extra}, cfg!(hone_flag) as u32) }}\n'
                "#[test] fn unit() { assert!(!says().is_empty()); }\n"
            ),
            "app/src/main.rs": 'fn main() { println!("{}", app::says()); }\n',
            "app/benches/speed.rs": "#[test] fn speed() { assert!(!app::says().is_empty()); }\n",
        }
        if self.has_test:
            made[f"app/tests/{self.test_name}.rs"] = (
                "#[test] fn it() { assert!(!app::says().is_empty()); }\n"
            )
        if self.has_second:
            made["app/src/bin/second.rs"] = 'fn main() { println!("second"); }\n'
        return made

    def _configuration(self) -> str:
        flags = 'rustflags = ["--cfg", "hone_flag"]' if self.flagged else ""
        triple = f'target = "{self.triple}"' if self.triple else ""
        return _lines("[build]", flags, triple) if flags or triple else ""


_DEP = 'path = "../beside/dep"'
_TOOL = {"tool/src/main.rs": 'fn main() { println!("{}", dep::DEP); }\n'}


def _package(
    path: str, *, version: str = "0.1.0", needs: str = "", features: str = "", lib: str = ""
) -> Mapping[str, str]:
    name = path.rpartition("/")[2]
    text = _lines(
        "[package]",
        f'name = "{name}"\nversion = "{version}"\nedition = "2021"',
        f"[lib]\n{lib}" if lib else "",
        f"[features]\n{features}" if features else "",
        f"[dependencies]\n{needs}" if needs else "",
    )
    return {f"{path}/Cargo.toml": text}


def _lines(*lines: str) -> str:
    return "\n".join(line for line in lines if line) + "\n"


def write(root: Path, project: Project, before: Project | None = None) -> None:
    """Make the files of `root` those of `project`; what is right already keeps its time."""
    old = before.files() if before is not None else {}
    new = project.files()
    for name in old.keys() - new.keys():
        (root / name).unlink()
    for name, text in new.items():
        if old.get(name) != text:
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
