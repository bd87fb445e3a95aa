"""Learning environments as Gymnasium, PettingZoo and their users see them."""

import warnings

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from gymnasium.vector import AutoresetMode, SyncVectorEnv
from pettingzoo.test import parallel_api_test

import gridflock as gf
import gridflock.envs as envs

QUICK = dict(scenario="park-small", overrides={"periods_per_day": 24}, warm_worlds=3)


def make(**options):
    return gym.make("gridflock/Park-v0", **{**QUICK, **options})


def play(env, seed, actions=None):
    """Rewards of an episode, and what was seen."""
    seen, _ = env.reset(seed=seed)
    space = env.action_space
    space.seed(7)
    rewards, sights, over = [], [seen], False
    while not over:
        seen, reward, terminated, over, _ = env.step(space.sample() if actions is None else actions)
        assert not terminated
        rewards.append(reward)
        sights.append(seen)
    return rewards, np.array(sights)


@pytest.mark.parametrize("name", ["Park", "Feeder", "Group"])
def test_check_env_passes_without_a_warning(name):
    quick = {"Park": QUICK, "Feeder": dict(warm_worlds=1), "Group": dict(warm_worlds=1)}[name]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        env = gym.make(f"gridflock/{name}-v0", disable_env_checker=True, **quick)
        check_env(env.unwrapped)
    env.close()
    env.close()


def test_the_parallel_api_test_passes_without_a_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        env = envs.parallel("park-small", overrides={"periods_per_day": 24, "zones": 3}, warm_worlds=1)
        parallel_api_test(env, num_cycles=30)
    assert env.agents == []
    assert env.possible_agents == ["zone_1", "zone_2", "zone_3"]
    with pytest.raises(RuntimeError, match="reset"):
        env.step({})
    env.close()
    env.close()


def test_zones_are_price_areas_of_their_own():
    env = envs.parallel(
        "park-small", overrides={"zones": 2}, actions=["reservation_price"], warm_worlds=1
    )
    env.reset(seed=1)
    for _ in range(48):  # until noon: at night the cap lies below the floor
        seen, rewards, *_ = env.step({"zone_1": np.array([-1.0]), "zone_2": np.array([1.0])})
    assert env.sim.read(1)["reservation_price"] < env.sim.read(2)["reservation_price"]
    assert set(rewards) == {"zone_1", "zone_2"}
    with pytest.raises(ValueError, match="zone_2"):
        env.step({"zone_1": np.array([0.0])})


def test_seeds_determine_episodes():
    env = make()
    first, sights = play(env, 1)
    env.reset()
    again, same = play(env, 1)
    assert first == again and (sights == same).all()
    assert play(env, 2)[0] != first
    # The second episode after a seed is determined by it, too.
    env.reset(seed=5)
    second = env.reset()[0]
    other = make()
    other.reset(seed=5)
    assert (other.reset()[0] == second).all()


def test_nothing_is_handed_out_twice():
    env = make().unwrapped
    a, _ = env.reset(seed=1)
    before = a.copy()
    b, _, _, _, info = env.step(env.action_space.sample())
    c, _, _, _, other = env.step(env.action_space.sample())
    assert (a == before).all() and not np.shares_memory(b, c) and info is not other
    b[:] = 0.5  # it is the caller's
    assert a.flags.writeable and a.dtype == np.float32
    assert env.observation_space is env.observation_space
    assert np.isfinite(env.observation_space.low).all() and np.isfinite(env.observation_space.high).all()
    assert len(env.features) == len(a)


def test_rewards_are_weighted_figures_and_all_figures_are_told():
    weights = {"tracked_kwh": 2.0, "unmet_kwh": -1.0}
    env = make(reward=weights, terminal="none")
    env.reset(seed=3)
    over = False
    while not over:
        _, reward, _, over, info = env.step(env.action_space.sample())
        assert reward == pytest.approx(2.0 * info["tracked_kwh"] - info["unmet_kwh"])
        assert {"operator_net_cny", "welfare_cny", "curtailed_kwh", "no_shows"} <= set(info)
        assert not any("time" in key for key in info)
    with pytest.raises(RuntimeError, match="reset"):
        env.unwrapped.step(env.action_space.sample())


def test_what_is_open_at_the_end_is_valued_or_not():
    def last(terminal):
        env = make(terminal=terminal, overrides={})
        env.reset(seed=3)
        over = False
        while not over:
            _, reward, _, over, info = env.step(np.zeros(3, np.float32))
        return reward, info["terminal_cny"]

    (valued, terminal), (plain, nothing) = last("expected"), last("none")
    assert nothing == 0.0 and terminal > 0.0
    assert valued == pytest.approx(plain + terminal)


@pytest.mark.parametrize("mode", list(AutoresetMode))
def test_a_vector_of_16_is_16_singles_value_for_value(mode):
    n = 16
    ours = gym.make_vec("gridflock/Park-v0", n, vectorization_mode="vector_entry_point", autoreset_mode=mode, threads=2, **QUICK)
    theirs = SyncVectorEnv([lambda: envs.ParkEnv(**QUICK)] * n, autoreset_mode=mode)
    assert ours.action_space == theirs.action_space
    assert ours.observation_space == theirs.observation_space
    a, _ = ours.reset(seed=11)
    b, _ = theirs.reset(seed=11)
    assert (a == b).all()
    ours.action_space.seed(1)
    ends = 0
    while ends < 3:
        actions = ours.action_space.sample()
        left, right = ours.step(actions), theirs.step(actions)
        for x, y in zip(left[:4], right[:4]):
            assert (np.asarray(x) == np.asarray(y)).all()
        same(left[4], right[4])
        over = left[3]
        if over.any():
            ends += 1
            if mode == AutoresetMode.DISABLED:
                a, _ = ours.reset(options={"reset_mask": over.copy()})
                b, _ = theirs.reset(options={"reset_mask": over.copy()})
                assert (a == b).all()
    ours.close()
    ours.close()
    theirs.close()


def same(a, b):
    """Infos with the same keys and values."""
    assert set(a) == set(b)
    for key, value in a.items():
        if isinstance(value, dict):
            same(value, b[key])
        elif key == "final_obs":
            assert all((x is None) == (y is None) and (x is None or (x == y).all()) for x, y in zip(value, b[key]))
        else:
            assert (value == b[key]).all(), key


def test_the_vector_form_copies_unless_told_otherwise():
    for copied in (True, False):
        vector = envs.VectorMarket(2, copy=copied, **QUICK)
        a, _ = vector.reset(seed=1)
        kept = a.copy()
        b, *_ = vector.step(vector.action_space.sample())
        assert (a is b) == (not copied)
        assert (a == kept).all() == copied


def test_a_state_is_gone_back_to_and_branched_from():
    env = make().unwrapped
    env.reset(seed=4)
    for _ in range(6):
        env.step(np.zeros(3, np.float32))
    state = env.save()
    twin = env.fork()
    plan = [np.full(3, x, np.float32) for x in (-1.0, 1.0, 0.3)]
    first = [env.step(a)[1] for a in plan]
    assert [twin.step(a)[1] for a in plan] == first
    env.restore(state)
    assert [env.step(a)[1] for a in plan] == first
    assert env.sim.now > env.sim.begin
    assert isinstance(env.sim, gf.Simulation)


def test_the_built_in_policy_decides_what_is_not_set():
    env = make(overrides={"pricing.policy": "tariff"}).unwrapped
    env.reset(seed=1)
    env.step_built_in()
    env.step_built_in()
    tariff = dict(env.features)["tariff_cny_per_kwh_h00"]
    price = env.sim.read(1)["reservation_price"]
    env.step(np.full(3, -1.0, np.float32))
    env.step(np.full(3, -1.0, np.float32))
    assert env.sim.read(1)["reservation_price"] < price and tariff > 0
    returns = envs.built_in(env, [1, 2])
    assert returns.shape == (2,) and np.isfinite(returns).all()
    assert (envs.evaluate(env, envs.Random(env), [1]) != returns[:1]).all()
    assert np.isfinite(envs.evaluate(env, envs.Fixed(env, 0.2), [1])).all()


def test_rules_are_set_seen_and_given_back():
    rules = ["penalty_scale", "reminder_lead"]
    env = make(actions=rules, overrides={}).unwrapped
    assert env.action_space.shape == (2,)
    names = [name for name, _ in env.features]
    scale, lead = names.index("penalty_scale"), names.index("reminder_lead_h")
    seen, _ = env.reset(seed=1)
    assert (seen[scale], seen[lead]) == (0.5, 0.5)  # 1 of 2, 1 h of 2 h
    seen, *_ = env.step(np.array([1.0, -1.0], np.float32))
    assert (seen[scale], seen[lead]) == (1.0, 0.0)
    twin = env.fork()
    seen, *_ = env.step_built_in()
    assert (seen[scale], seen[lead]) == (0.5, 0.5)
    assert twin.step(np.array([1.0, -1.0], np.float32))[0][scale] == 1.0
    # A rule that never changes is the scenario's, to the last figure.
    fixed = make(actions=rules, overrides={"penalty.scale": 2.0, "reminder.lead_min": 120.0})
    as_it_is, as_set = fixed.unwrapped, play(fixed, 3, np.ones(2, np.float32))[0]
    as_it_is.reset(seed=3)
    assert as_set == [as_it_is.step_built_in()[1] for _ in range(as_it_is.steps)]
    # Nobody pays for a breach where the factor is 0, and fines count where it is 2.
    paid = lambda a: sum(play(make(actions=rules[:1], overrides={}), 5, np.full(1, a, np.float32))[0])  # noqa: E731
    assert paid(-1.0) != paid(1.0)
    for name, off in (("penalty_scale", "penalty.enabled"), ("reminder_lead", "reminder.enabled")):
        with pytest.raises(ValueError, match=off):
            make(actions=[name], overrides={off: False})


def test_zones_of_a_feeder_keep_to_targets():
    with pytest.raises(ValueError, match="feeders"):
        make(actions=["zone_target"])
    env = envs.FeederEnv(actions=["zone_target"], warm_worlds=1)
    zones = env._course.zones
    assert env.action_space.shape == (zones,)
    names = [name for name, _ in env.features]

    def charged(position):
        env.reset(seed=2)
        total = 0.0
        for _ in range(env.steps - 1):
            total += env.step(np.full(zones, position, np.float32))[4]["ev_energy_kwh"]
        return total

    assert f"absorbable_kwh_zone_{zones}" in names
    assert charged(-1.0) < charged(1.0)
    with pytest.raises(ValueError, match="reset"):
        env.step_built_in()


def test_environments_of_the_same_arguments_share_their_warm_worlds():
    a, b = envs.ParkEnv(**QUICK), envs.ParkEnv(**QUICK)
    assert a._course is b._course
    other = envs.ParkEnv(**{**QUICK, "first_replication": 100})
    assert (a.reset(seed=1)[0] != other.reset(seed=1)[0]).any()


def test_what_makes_no_sense_is_an_error_with_a_word():
    with pytest.raises(ValueError, match="reservation_price"):
        make(actions=["price"])
    with pytest.raises(ValueError, match="operator_net_cny"):
        make(reward={"profit": 1.0})
    with pytest.raises(ValueError, match="terminal"):
        make(terminal="later")
    with pytest.raises(ValueError, match="action_horizon"):
        make(action_horizon=0)
    with pytest.raises(gf.ScenarioError, match="pennalty"):
        make(overrides={"pennalty.scale": 2.0})
    with pytest.raises(gf.ScenarioError):
        make(scenario="prak")
    with pytest.raises(ValueError, match="render"):
        envs.ParkEnv(render_mode="human", **QUICK)
    env = envs.ParkEnv(**QUICK)
    with pytest.raises(RuntimeError, match="reset"):
        env.step(np.zeros(3, np.float32))
    env.reset(seed=1)
    with pytest.raises(ValueError, match="shape"):
        env.step(np.zeros(2, np.float32))
    with pytest.raises(ValueError, match="NaN"):
        env.step(np.array([0.0, np.nan, 0.0], np.float32))
    env.step(np.array([9.0, -9.0, 0.0], np.float32))  # beyond the bounds is at the bounds
    env.sim.finish()
    with pytest.raises(RuntimeError, match="reset"):
        env.step(np.zeros(3, np.float32))
    env.reset(seed=1)
    vector = envs.VectorMarket(2, **QUICK)
    with pytest.raises(RuntimeError, match="reset"):
        vector.step(vector.action_space.sample())
    vector.reset(seed=1)
    with pytest.raises(ValueError):
        vector.step(np.zeros((3, 3), np.float32))
    with pytest.raises(ValueError, match="mask"):
        vector.reset(options={"reset_mask": np.array([False, False])})
    with pytest.raises(ValueError):
        envs.VectorMarket(0, **QUICK)


def test_an_environment_is_one_in_threads_too():
    import threading

    env = envs.ParkEnv(**QUICK)
    env.reset(seed=1)
    failed = []

    def work():
        try:
            for _ in range(5):
                env.step(np.zeros(3, np.float32))
                env.fork().step(np.zeros(3, np.float32))
        except Exception as error:  # noqa: BLE001
            failed.append(error)

    threads = [threading.Thread(target=work) for _ in range(3)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    assert not failed
