"""The checker accepts what is right and finds what is not: made-up histories, and the classical small ones."""
import random

import pytest

import plant
import simulated
from checker import check
from history import Operation


def register(*rows):
    """(client, kind, value or (expected, value, succeeded), start, end)"""
    operations = []
    for client, kind, value, start, end in rows:
        operation = Operation(kind, client, start, end, key="register0")
        if kind == "cas":
            operation.expected, operation.value, operation.succeeded = value
        else:
            operation.value = value
        operations.append(operation)
    return operations


@pytest.mark.parametrize("seed", range(40))
def test_right_histories_pass(seed):
    operations, _ = simulated.history(seed, unknown=0.02)
    assert check(operations) == []


@pytest.mark.parametrize("fault", simulated.FAULTS)
def test_each_fault_of_the_store_is_found(fault):
    """In ten histories of each, whenever it had an effect that anybody saw; most have one."""
    found = 0
    for seed in range(10):
        operations, struck = simulated.history(seed, fault=fault)
        assert struck, f"{fault} did not happen with seed {seed}"
        found += bool(check(operations))
    assert found == 10, f"{found} of 10"


@pytest.mark.parametrize("kind", plant.PLANTS)
def test_each_planted_fault_is_found(kind):
    operations, _ = simulated.history(3)
    generator = random.Random(11)
    for _ in range(10):
        changed, note = plant.plant(operations, kind, generator)
        assert check(changed), note


def test_an_unknown_write_may_happen_at_any_time_or_never():
    write = (0, "put", "a", 0, None)
    assert not check(register(write, (1, "get", None, 10, 20), (1, "get", "a", 30, 40)))
    assert not check(register(write, (1, "get", None, 10, 20), (1, "get", None, 30, 40)))
    assert not check(register(write, (1, "put", "b", 5, 6), (1, "get", "b", 10, 20), (1, "get", "a", 30, 40)))
    # Not twice, and not before it was asked for.
    assert check(register(write, (1, "get", "a", 10, 20), (1, "put", "b", 21, 22), (1, "get", "a", 30, 40)))
    assert check(register((1, "get", "a", 10, 20), (0, "put", "a", 30, None)))


def test_reads_that_see_a_write_in_another_order_than_time():
    write = (0, "put", "a", 0, 100)
    assert not check(register(write, (1, "get", None, 10, 20), (2, "get", "a", 30, 40)))
    assert check(register(write, (1, "get", "a", 10, 20), (2, "get", None, 30, 40)))


def test_two_winners_of_one_comparison():
    first, second = (0, "cas", (None, "a", True), 0, 100), (1, "cas", (None, "b", True), 0, 100)
    assert check(register(first, second))
    assert not check(register(first, (1, "cas", (None, "b", False), 0, 100)))
    assert not check(register(first, second, (2, "delete", None, 0, 100)))
    assert not check(register(first, second, (2, "delete", None, 0, None)))


def test_a_comparison_that_failed_without_a_reason():
    assert check(register((0, "put", "a", 0, 1), (1, "cas", ("a", "b", False), 10, 20)))
    assert not check(register((0, "put", "a", 0, 1), (2, "put", "c", 5, None), (1, "cas", ("a", "b", False), 10, 20)))


def txn(client, start, end, *steps):
    return Operation("txn", client, start, end, steps=[list(step) for step in steps])


def test_write_skew_is_a_cycle():
    read = txn(2, 30, 40, ("get", "list0", ["b"]), ("get", "list1", ["a"]))
    assert check([txn(0, 0, 20, ("get", "list0", []), ("append", "list1", "a")),
                  txn(1, 0, 20, ("get", "list1", []), ("append", "list0", "b")), read])
    assert not check([txn(0, 0, 20, ("get", "list0", []), ("append", "list1", "a")),
                      txn(1, 0, 20, ("get", "list1", ["a"]), ("append", "list0", "b")), read])


def test_serializable_but_against_time_is_a_cycle():
    assert check([txn(0, 0, 10, ("append", "list0", "a")), txn(1, 20, 30, ("get", "list0", [])),
                  txn(1, 40, 50, ("get", "list0", ["a"]))])


def test_half_of_an_unknown_transaction():
    unknown = txn(0, 0, None, ("append", "list0", "a"), ("append", "list1", "b"))
    assert check([unknown, txn(1, 20, 30, ("get", "list0", ["a"]), ("get", "list1", []))])
    assert not check([unknown, txn(1, 20, 30, ("get", "list0", []), ("get", "list1", []))])
