"""Code generation by Cranelift: quick to compile, slow to run (nightly; Cargo book, "Unstable", codegen-backend)."""

from cargo_hone.levers.interface import Need
from cargo_hone.levers.moves import CLEAN, EDITS
from cargo_hone.levers.nightly import NightlyLever, NightlySetting

CRANELIFT = NightlyLever(
    name="cranelift",
    title="code generation by Cranelift in the dev profile",
    moves=(*EDITS, *CLEAN),
    settings=(
        NightlySetting(keys=("unstable", "codegen-backend"), value=True),
        NightlySetting(keys=("profile", "dev", "codegen-backend"), value="cranelift"),
    ),
    backend="cranelift",
    needs=(Need.NIGHTLY, Need.CRANELIFT),
    gives_up="the stable compiler (rust-toolchain.toml then names nightly), the speed of what is built, and inline"
    " assembly and SIMD in part",
)
