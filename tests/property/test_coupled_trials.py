"""Where the corner is allowed, generated trials lose no stop by more hazard of the event that is counted.

Property: of scenarios that are generated, each rule is given a bound and looks of all kinds; the hazards of
its event are raised, on the same candidates. Trial by trial a stop stays a stop: engines couple trials by
thresholds, delays and candidates, as the proof does.
"""

from collections import Counter
from dataclasses import replace
from functools import cache
from random import Random

from simulator.contracts import Boundary, RuleTable
from simulator.engines.compiled.driver import supported
from simulator.errors import ScenarioError
from simulator.model.metric import Key
from simulator.program.looks import LookTable, MilestoneTable
from simulator.program.most_used import most_used_up
from simulator.program.rule_tables import MonitorTable
from simulator.program.tables import Program
from simulator.program.words import Among, LookKind, MilestoneUnit, Unit, Wait
from simulator.what_ifs.corner import conditions
from tests.generated.compare import compiled_records
from tests.generated.scenario import lower, read, tree_of

SCENARIOS, TRIALS, RAISED = 60, 400, (1.3, 2.0, 5.0, 30.0)
TICKS = 1e-6  # of a used-up hazard, for engines round dates


@cache
def generated() -> list[tuple[int, Program]]:
    found = []
    for seed in range(SCENARIOS):
        try:
            program = lower(read(tree_of(seed)))
        except ScenarioError:  # damaged on purpose
            continue
        if not supported(program):
            found.append((seed, program))
    return found


def looks(random: Random, most: int) -> LookTable:
    """Any schedule of which the corner knows."""
    treated = MilestoneTable(amount=random.randint(1, most), unit=MilestoneUnit.TREATED)
    day = MilestoneTable(amount=float(random.randint(20, 600)), unit=MilestoneUnit.DAYS)
    every = (replace(treated, amount=random.randint(1, 4)),)
    end = random.random() < 0.3
    return random.choice(
        [
            LookTable(kind=LookKind.REPORT, closing=True),
            LookTable(kind=LookKind.END, closing=True),
            LookTable(kind=LookKind.EVERY, milestones=every, closing=end),
            LookTable(kind=LookKind.EVERY, milestones=(day,), closing=end),
            LookTable(kind=LookKind.AT, milestones=(treated, day), closing=end),
        ]
    )


def simple(rule: MonitorTable, endpoint: int, random: Random, most: int) -> MonitorTable:
    """The rule with one endpoint, patients among all treated, a bound that may rise with n, and any looks."""
    counter = replace(rule.counters[endpoint], unit=Unit.PATIENTS, among=Among.TREATED, judged=False)
    count, rise = random.randint(1, 4), random.choice([0, 3, 6])
    bound = tuple(float(count + (n // rise if rise else 0)) for n in range(most + 1))
    boundary = Boundary(
        outcome="stop", direction="at_least", bound=bound, minimum_n=random.choice([0.0, 0.0, 3.0])
    )
    return replace(
        rule,
        counters=(counter,),
        used=(0,),
        endpoints=rule.endpoints[:1],
        plan=replace(rule.plan, max_n=most),
        table=RuleTable(boundaries=(boundary,)),
        look=looks(random, most),
        wait=Wait.NONE,
        acts=True,
        closes_accrual=True,
        concludes=None,
        again=False,
        hold=None,
        releases=(),
        rank=0,
        calls=(),
        heard_by=(),
        late=False,
        until=0.0,
    )


def raised(program: Program, box: tuple[int, ...], factor: float) -> Program:
    parts = [
        replace(part, multiplier=tuple(factor * each for each in part.multiplier)) if i in box else part
        for i, part in enumerate(program.components)
    ]
    return replace(program, components=tuple(parts))


def test_property_no_stop_is_lost_by_more_hazard_where_the_corner_is_allowed() -> None:
    met: Counter[str] = Counter()
    for seed, program in generated():
        random = Random(seed)
        if program.dosing is not None:
            continue
        for rule, endpoint in ((each, i) for each in program.monitors for i in each.used):
            given = replace(program, monitors=(simple(rule, endpoint, random, program.max_treated),))
            box = given.components_of(given.monitors[0].counters[0].event)
            allowed = box and all(each.holds for each in conditions(given, Key("p_stop"), box))
            met["allowed" if allowed else "refused"] += 1
            if not allowed:
                continue
            few, many = (
                set(compiled_records(each, seed, 0, TRIALS).firings["trial"].tolist())
                for each in (given, raised(given, box, random.choice(RAISED)))
            )
            assert few <= many, f"scenario {seed}, rule {rule.name}: trials {sorted(few - many)[:5]}"
            met["stops"] += len(few)
            met["more stops"] += len(many - few)
    assert min(met["allowed"], met["refused"]) >= 10
    assert min(met["stops"], met["more stops"]) >= 50


def test_property_no_generated_trial_uses_up_more_than_the_most() -> None:
    bounded, near = 0, 0
    for seed, program in generated():
        risks = compiled_records(program, seed, 0, 20).risks
        for c in range(len(program.components)):
            most = most_used_up(program, c)
            if isinstance(most, float):
                used, limit = risks["a"][risks["component"] == c].max(), program.max_treated * most
                assert used <= limit * (1.0 + TICKS) + TICKS, f"scenario {seed}, component {c}"
                bounded, near = bounded + 1, near + (used > 0.5 * limit > 0.0)
    assert bounded >= 80
    assert near >= 5, "some come near it"
