import os

from cargo_hone.history.environment import model_name, observe


def test_the_machine_is_described() -> None:
    machine = observe()
    assert machine.cpu_model
    assert 1 <= machine.cores <= (os.cpu_count() or 1)
    assert machine.memory_bytes is not None
    assert machine.memory_bytes > 1 << 28
    assert os.uname().release in machine.kernel


def test_the_processors_name_is_found_in_cpuinfo() -> None:
    text = (
        "processor\t: 0\nmodel\t\t: 85\nmodel name\t: Example  CPU @ 2.00GHz\ncache size\t: 1 KB\n"
    )
    assert model_name(text) == "Example CPU @ 2.00GHz"


def test_a_processor_without_a_name_has_none() -> None:
    assert model_name("processor\t: 0\nCPU implementer\t: 0x41\n") is None
