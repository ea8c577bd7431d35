"""What an order comes to before anything is built: the rounds, and the time that they will take. Pure."""

from collections.abc import Sequence

from cargo_hone.measure.forecast import Forecast
from cargo_hone.measure.order import Order
from cargo_hone.measure.scenarios import Recipe
from cargo_hone.measure.schedule import Round, plan_rounds
from cargo_hone.measure.spending import Budget
from cargo_hone.model import Scenario, Variant


def recipes_of(order: Order) -> list[Recipe]:
    """Return the recipes that an order wants to be measured."""
    return [order.recipes[scenario] for scenario, count in order.repetitions.items() if count]


def budget_of(order: Order, variants: Sequence[Variant]) -> Budget | None:
    """Return the budget of an order, None for one that says how often each scenario is measured."""
    if order.budget_s is None:
        return None
    return Budget(
        seconds=order.budget_s,
        recipes=[one for one in recipes_of(order) if one.scenario is not Scenario.CLEAN_WARM],
        variants=variants,
        most=order.repetitions,
        seed=order.seed,
    )


def rounds_of(order: Order, variants: Sequence[Variant]) -> tuple[Round, ...]:
    """Return the rounds in their order; with a budget only the first of each scenario, for nobody knows the others."""
    budget = budget_of(order, variants)
    if budget is not None:
        return budget.first_rounds()
    return plan_rounds(
        variants,
        order.repetitions,
        recipes=order.recipes,
        seed=order.seed,
        cold_at_most=order.cold_at_most,
    )


def expected_s(order: Order, variants: Sequence[Variant]) -> float | None:
    """Estimate how long `rounds_of` with its warm-up will take, in seconds; None where earlier runs say nothing."""
    forecast = Forecast(full_s={}, known_s=order.known_s)
    commands = {recipe.command for recipe in recipes_of(order)}
    warm_up_s = forecast.warm_up_s(commands)
    built = frozenset((variants[0].name, command) for command in commands)
    rounds_s = forecast.rounds_s(rounds_of(order, variants), (), built=built)
    return None if warm_up_s is None or rounds_s is None else warm_up_s + rounds_s
