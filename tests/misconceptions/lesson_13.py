"""Wrong and right answers to the exercises of lesson 13."""

import numpy as np
from answers import Answers
from keras import ops
from sklearn.linear_model import LinearRegression, Ridge, RidgeCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

# 13.1 return_mapping(strain, plastic, alpha, metal)


def deviator(tensor):
    return tensor - np.trace(tensor) / 3 * np.eye(3)


def von_mises(stress):
    return np.sqrt(1.5 * np.sum(deviator(stress) ** 2))


def hooke(strain, plastic, metal):
    return metal.kappa * np.trace(strain) * np.eye(3) + 2 * metal.mu * deviator(strain - plastic)


def mapping_right(strain, plastic, alpha, metal):
    trial = 2 * metal.mu * deviator(strain - plastic)
    f = von_mises(trial) - metal.initial - metal.slope * alpha
    if f > 0:
        grown = f / (3 * metal.mu + metal.slope)
        plastic = plastic + grown * 1.5 * trial / von_mises(trial)
        alpha = alpha + grown
    return hooke(strain, plastic, metal), plastic, alpha


def mapping_by_scaling(strain, plastic, alpha, metal):
    trial = 2 * metal.mu * deviator(strain - plastic)
    q = np.sqrt(1.5) * np.linalg.norm(trial)
    grown = max(0.0, q - metal.initial - metal.slope * alpha) / (3 * metal.mu + metal.slope)
    kept = 1 - 3 * metal.mu * grown / max(q, 1e-300)
    stress = kept * trial + metal.kappa * np.trace(strain) * np.identity(3)
    return [
        stress,
        strain - kept * trial / 2 / metal.mu - np.trace(strain) / 3 * np.eye(3),
        alpha + grown,
    ]


def mapped(strain, plastic, alpha, metal, size=von_mises, factor=None, fresh=False, toward=None):
    trial = 2 * metal.mu * deviator(strain - plastic)
    f = size(trial) - metal.initial - (0 if fresh else metal.slope * alpha)
    if f > 0:
        grown = f / (factor or 3 * metal.mu + metal.slope)
        plastic = plastic + (
            grown * 1.5 * trial / von_mises(trial) if toward is None else toward(grown, trial)
        )
        alpha = alpha + grown
    return hooke(strain, plastic, metal), plastic, alpha


def mapping_one_thing(strain, plastic, alpha, metal):
    return mapping_right(strain, plastic, alpha, metal)[0]


def mapping_in_place(strain, plastic, alpha, metal):
    stress, after, alpha = mapping_right(strain, plastic, alpha, metal)
    plastic[:] = after
    return stress, plastic, alpha


def mapping_always(strain, plastic, alpha, metal):
    trial = 2 * metal.mu * deviator(strain - plastic)
    grown = (von_mises(trial) - metal.initial - metal.slope * alpha) / (3 * metal.mu + metal.slope)
    plastic = plastic + grown * 1.5 * trial / von_mises(trial)
    return hooke(strain, plastic, metal), plastic, alpha + grown


def mapping_as_if_fresh(strain, plastic, alpha, metal):
    return mapped(strain, plastic, alpha, metal, fresh=True)


def mapping_with_pressure(strain, plastic, alpha, metal):
    def size(trial):
        whole = trial + metal.kappa * np.trace(strain) * np.eye(3)
        return np.sqrt(1.5 * np.sum(whole**2))

    return mapped(strain, plastic, alpha, metal, size)


def mapping_by_norm(strain, plastic, alpha, metal):
    return mapped(strain, plastic, alpha, metal, np.linalg.norm)


def mapping_no_hardening(strain, plastic, alpha, metal):
    return mapped(strain, plastic, alpha, metal, factor=3 * metal.mu)


def mapping_two_mu(strain, plastic, alpha, metal):
    return mapped(strain, plastic, alpha, metal, factor=2 * metal.mu + metal.slope)


def mapping_by_slope(strain, plastic, alpha, metal):
    return mapped(strain, plastic, alpha, metal, factor=metal.slope)


def mapping_not_divided(strain, plastic, alpha, metal):
    return mapped(strain, plastic, alpha, metal, factor=1.0)


def mapping_elastic(strain, plastic, alpha, metal):
    return hooke(strain, plastic, metal), plastic, alpha


def mapping_half(strain, plastic, alpha, metal):
    return mapped(strain, plastic, alpha, metal, lambda trial: von_mises(trial) / 2)


def mapping_step_alone(strain, plastic, alpha, metal):
    stress, after, grown = mapping_right(strain, plastic, alpha, metal)
    return stress, after, grown - alpha if grown > alpha else grown


def mapping_of_the_whole_strain(strain, plastic, alpha, metal):
    trial = 2 * metal.mu * deviator(strain)
    f = von_mises(trial) - metal.initial - metal.slope * alpha
    # No step below the yield stress is told apart by it here: it is tried by what flows.
    if f > 0 and mapping_right(strain, plastic, alpha, metal)[2] > alpha:
        grown = f / (3 * metal.mu + metal.slope)
        return hooke(strain, plastic, metal), plastic, alpha + grown
    return hooke(strain, plastic, metal), plastic, alpha


def mapping_plastic_stays(strain, plastic, alpha, metal):
    stress, _, grown = mapping_right(strain, plastic, alpha, metal)
    return stress, plastic, grown


def mapping_no_three_halves(strain, plastic, alpha, metal):
    return mapped(strain, plastic, alpha, metal, toward=lambda grown, s: grown * s / von_mises(s))


def mapping_unit_direction(strain, plastic, alpha, metal):
    return mapped(
        strain, plastic, alpha, metal, toward=lambda grown, s: grown * s / np.linalg.norm(s)
    )


def mapping_three_halves_by_norm(strain, plastic, alpha, metal):
    return mapped(
        strain, plastic, alpha, metal, toward=lambda grown, s: 1.5 * grown * s / np.linalg.norm(s)
    )


def mapping_size_of_a_stress(strain, plastic, alpha, metal):
    return mapped(strain, plastic, alpha, metal, toward=lambda grown, s: 1.5 * grown * s)


def mapping_backwards(strain, plastic, alpha, metal):
    return mapped(
        strain, plastic, alpha, metal, toward=lambda grown, s: -1.5 * grown * s / von_mises(s)
    )


def mapping_pressure_flows(strain, plastic, alpha, metal):
    pressure = metal.kappa * np.trace(strain) * np.eye(3)
    return mapped(
        strain,
        plastic,
        alpha,
        metal,
        toward=lambda grown, s: 1.5 * grown * (s + pressure) / von_mises(s),
    )


def mapping_flow_alone(strain, plastic, alpha, metal):
    stress, after, grown = mapping_right(strain, plastic, alpha, metal)
    return stress, after - plastic if grown > alpha else after, grown


def mapping_forgets(strain, plastic, alpha, metal):
    stress, after, grown = mapping_right(strain, plastic, alpha, metal)
    return stress, after if grown > alpha else np.zeros((3, 3)), grown


def mapping_stress_of_the_try(strain, plastic, alpha, metal):
    _, after, grown = mapping_right(strain, plastic, alpha, metal)
    return hooke(strain, plastic, metal), after, grown


def mapping_no_pressure(strain, plastic, alpha, metal):
    _, after, grown = mapping_right(strain, plastic, alpha, metal)
    return 2 * metal.mu * deviator(strain - after), after, grown


def mapping_pressure_everywhere(strain, plastic, alpha, metal):
    _, after, grown = mapping_right(strain, plastic, alpha, metal)
    stress = 2 * metal.mu * deviator(strain - after) + metal.kappa * np.trace(strain)
    return stress, after, grown


def mapping_third_of_pressure(strain, plastic, alpha, metal):
    stress, after, grown = mapping_right(strain, plastic, alpha, metal)
    return stress - 2 / 3 * metal.kappa * np.trace(strain) * np.eye(3), after, grown


def mapping_mu_once(strain, plastic, alpha, metal):
    stress, after, grown = mapping_right(strain, plastic, alpha, metal)
    return stress - metal.mu * deviator(strain - after), after, grown


def mapping_stress_of_all_strain(strain, plastic, alpha, metal):
    _, after, grown = mapping_right(strain, plastic, alpha, metal)
    return hooke(strain, np.zeros((3, 3)), metal), after, grown


def mapping_no_deviator(strain, plastic, alpha, metal):
    _, after, grown = mapping_right(strain, plastic, alpha, metal)
    pressure = metal.kappa * np.trace(strain) * np.eye(3)
    return pressure + 2 * metal.mu * (strain - after), after, grown


def mapping_all_scaled(strain, plastic, alpha, metal):
    stress, after, grown = mapping_right(strain, plastic, alpha, metal)
    tried = hooke(strain, plastic, metal)
    return tried * von_mises(stress) / von_mises(tried), after, grown


# 13.2 proof_stress(strain, stress)


def proof_right(strain, stress):
    gap = stress - stress[0] / strain[0] * (strain - 0.002)
    k = np.argmax(gap < 0)
    part = gap[k - 1] / (gap[k - 1] - gap[k])
    return stress[k - 1] + part * (stress[k] - stress[k - 1])


def proof_by_fine_steps(strain, stress):
    fine = np.linspace(strain[0], strain[-1], 20_001)
    curve = np.interp(fine, strain, stress)
    below = curve < stress[0] / strain[0] * (fine - 0.002)
    return float(curve[np.flatnonzero(below)[0]])


def proof_of_all(strain, stress):
    return stress - stress[0] / strain[0] * (strain - 0.002)


def at_offset(strain, stress, slope, offset):
    gap = stress - slope * (strain - offset)
    k = np.argmax(gap < 0)
    if k == 0:
        return float("nan")
    part = gap[k - 1] / (gap[k - 1] - gap[k])
    return stress[k - 1] + part * (stress[k] - stress[k - 1])


def place(strain, stress):
    return int(np.argmax(stress - stress[0] / strain[0] * (strain - 0.002) < 0))


def proof_strain(strain, stress):
    return np.interp(proof_right(strain, stress), stress, strain)


def proof_at_total_strain(strain, stress):
    return np.interp(0.002, strain, stress)


def proof_point_after(strain, stress):
    return stress[place(strain, stress)]


def proof_point_before(strain, stress):
    return stress[place(strain, stress) - 1]


def proof_middle(strain, stress):
    k = place(strain, stress)
    return (stress[k] + stress[k - 1]) / 2


def proof_departure(strain, stress):
    return stress[np.argmax(stress < 0.999999 * stress[0] / strain[0] * strain)]


def proof_last_elastic(strain, stress):
    return stress[np.argmax(stress < 0.999999 * stress[0] / strain[0] * strain) - 1]


def proof_offset_of_a_fifth(strain, stress):
    gap = stress - stress[0] / strain[0] * (strain - 0.2)
    return stress[np.argmax(gap < 0) - 1]


def proof_fitted_slope(strain, stress):
    return at_offset(strain, stress, np.polyfit(strain[:3], stress[:3], 1)[0], 0.002)


def proof_steel(strain, stress):
    return at_offset(strain, stress, 1000.0, 0.002)


def proof_one_per_mille(strain, stress):
    return at_offset(strain, stress, stress[0] / strain[0], 0.001)


def proof_line_itself(strain, stress):
    return stress[0] / strain[0] * 0.002


def proof_other_part(strain, stress):
    k = place(strain, stress)
    gap = stress - stress[0] / strain[0] * (strain - 0.002)
    part = gap[k - 1] / (gap[k - 1] - gap[k])
    return stress[k] + part * (stress[k - 1] - stress[k])


# 13.3 rising_curve(raw, typical)


def rising_right(raw, typical):
    return ops.cumsum(ops.softplus(raw) / ops.log(2.0) * typical, axis=-1)


def rising_by_matrix(raw, typical):
    steps = ops.log(1 + ops.exp(raw)) * (typical / 0.6931472)
    count = len(typical)
    return ops.matmul(steps, ops.convert_to_tensor(np.triu(np.ones((count, count), np.float32))))


def numpy_of(raw):
    return np.asarray(ops.convert_to_numpy(raw), dtype=np.float64)


def rising_in_numpy(raw, typical):
    return np.cumsum(np.logaddexp(0, numpy_of(raw)) / np.log(2) * typical, axis=-1)


def rising_rises(raw, typical):
    return ops.softplus(raw) / ops.log(2.0) * typical


def rising_over_patterns(raw, typical):
    return ops.cumsum(rising_rises(raw, typical), axis=0)


def rising_over_all(raw, typical):
    return ops.cumsum(rising_rises(raw, typical))


def rising_no_log(raw, typical):
    return ops.cumsum(ops.softplus(raw) * typical, axis=-1)


def rising_times_log(raw, typical):
    return ops.cumsum(ops.softplus(raw) * typical, axis=-1) * ops.log(2.0)


def rising_no_typical(raw, typical):
    return ops.cumsum(ops.softplus(raw) / ops.log(2.0), axis=-1)


def rising_typical_last(raw, typical):
    return rising_no_typical(raw, typical) * typical


def rising_typical_added_up(raw, typical):
    return rising_no_typical(raw, typical) * np.cumsum(typical)


def rising_any_sign(raw, typical):
    return ops.cumsum(raw * typical, axis=-1)


def rising_relu(raw, typical):
    return ops.cumsum(ops.relu(raw) * typical, axis=-1)


def rising_exp(raw, typical):
    return ops.cumsum(ops.exp(raw) * typical, axis=-1)


def rising_abs(raw, typical):
    return ops.cumsum(ops.abs(raw) * typical, axis=-1)


def rising_squared(raw, typical):
    return ops.cumsum(ops.square(raw) * typical, axis=-1)


def rising_sigmoid(raw, typical):
    return ops.cumsum(ops.sigmoid(raw) * typical, axis=-1)


def rising_softplus_last(raw, typical):
    return ops.softplus(ops.cumsum(raw * typical, axis=-1)) / ops.log(2.0)


def rising_sorted(raw, typical):
    return ops.sort(raw * typical, axis=-1)


def rising_highest_so_far(raw, typical):
    return np.maximum.accumulate(numpy_of(raw) * typical, axis=1)


def rising_backwards(raw, typical):
    return ops.flip(rising_right(raw, typical), axis=-1)


# 13.4 transfer(features, strength, features_unseen)

STRENGTHS = np.logspace(-2, 5, 15)


def transfer_right(features, strength, features_unseen):
    model = make_pipeline(StandardScaler(), RidgeCV(STRENGTHS))
    return model.fit(features, strength).predict(features_unseen)


def transfer_by_hand(features, strength, features_unseen):
    centre, spread = features.mean(axis=0), features.std(axis=0)
    model = RidgeCV(alphas=STRENGTHS).fit((features - centre) / spread, strength)
    return list(model.predict((features_unseen - centre) / spread))


def transfer_of_known(features, strength, features_unseen):
    return transfer_right(features, strength, features)


def transfer_not_scaled(features, strength, features_unseen):
    return RidgeCV(STRENGTHS).fit(features, strength).predict(features_unseen)


def transfer_scaled_anew(features, strength, features_unseen):
    model = RidgeCV(STRENGTHS).fit(StandardScaler().fit_transform(features), strength)
    return model.predict(StandardScaler().fit_transform(features_unseen))


def scaled_by(what, features, strength, features_unseen):
    scaler = StandardScaler().fit(what)
    model = RidgeCV(STRENGTHS).fit(scaler.transform(features), strength)
    return model.predict(scaler.transform(features_unseen))


def transfer_scaled_by_both(features, strength, features_unseen):
    both = np.concatenate([features, features_unseen])
    return scaled_by(both, features, strength, features_unseen)


def transfer_scaled_by_unseen(features, strength, features_unseen):
    return scaled_by(features_unseen, features, strength, features_unseen)


def transfer_least_squares(features, strength, features_unseen):
    return LinearRegression().fit(features, strength).predict(features_unseen)


def transfer_scaled_least_squares(features, strength, features_unseen):
    model = make_pipeline(StandardScaler(), LinearRegression())
    return model.fit(features, strength).predict(features_unseen)


def transfer_fixed(features, strength, features_unseen):
    model = make_pipeline(StandardScaler(), Ridge())
    return model.fit(features, strength).predict(features_unseen)


def transfer_three_strengths(features, strength, features_unseen):
    model = make_pipeline(StandardScaler(), RidgeCV())
    return model.fit(features, strength).predict(features_unseen)


def transfer_without_mean(features, strength, features_unseen):
    model = make_pipeline(StandardScaler(), RidgeCV(STRENGTHS))
    return model.fit(features, strength - strength.mean()).predict(features_unseen)


def transfer_mean(features, strength, features_unseen):
    return np.full(len(features_unseen), strength.mean())


# 13.5 pareto_front(values)


def front_right(values):
    front = []
    for one in values:
        beats = (values >= one).all(axis=1) & (values > one).any(axis=1)
        front.append(not beats.any())
    return np.array(front)


def front_at_once(values):
    at_least = (values[None] >= values[:, None]).all(axis=2)
    more = (values[None] > values[:, None]).any(axis=2)
    return [not any(row) for row in at_least & more]


def front_places(values):
    return np.flatnonzero(front_right(values))


def front_values(values):
    return values[front_right(values)]


def front_beaten(values):
    return ~front_right(values)


def front_beaten_by_oneself(values):
    return np.array([not (values >= one).all(axis=1).any() for one in values])


def front_equal_ones_beaten(values):
    return np.array([(values >= one).all(axis=1).sum() == 1 for one in values])


def front_more_of_all(values):
    return np.array([not (values > one).all(axis=1).any() for one in values])


def front_more_of_any(values):
    return np.array([not (values > one).any() for one in values])


def front_of_the_least(values):
    return front_right(-values)


def front_best_of_each(values):
    return (values == values.max(axis=0)).any(axis=1)


def front_largest_sum(values):
    return values.sum(axis=1) == values.sum(axis=1).max()


def front_two_columns(values):
    return front_right(values[:, :2])


EXERCISES = {
    "return_mapping": Answers(
        wrong={
            mapping_one_thing: "must return three things",
            mapping_in_place: "changes its argument plastic in place",
            mapping_always: "Where f is at most 0, α stays",
            mapping_as_if_fresh: "It flows as if it were fresh",
            mapping_with_pressure: "Pressure is counted",
            mapping_by_norm: "is not the von Mises stress yet",
            mapping_no_hardening: "It flows too far",
            mapping_two_mu: "not by 2 μ + H",
            mapping_by_slope: "divided by H alone",
            mapping_not_divided: "f is a stress, and α a strain",
            mapping_elastic: "α has not changed",
            mapping_half: "The try is half as large",
            mapping_step_alone: "This is how far it flows in this step",
            mapping_of_the_whole_strain: "The try is that of the whole strain",
            mapping_plastic_stays: "α has grown, and the plastic strain has not",
            mapping_no_three_halves: "The factor 3/2 of the flow is missing",
            mapping_unit_direction: "by its von Mises stress q*, times 3/2",
            mapping_three_halves_by_norm: "Divide by its von Mises stress q*.",
            mapping_size_of_a_stress: "The flow has the size of a stress",
            mapping_backwards: "It flows the wrong way",
            mapping_pressure_flows: "Pressure makes it flow here",
            mapping_flow_alone: "This is the flow of this step",
            mapping_forgets: "The plastic strain is forgotten",
            mapping_stress_of_the_try: "This is the stress of the try",
            mapping_no_pressure: "The pressure is missing: add",
            mapping_pressure_everywhere: "is added to all nine entries",
            mapping_third_of_pressure: "not by a third",
            mapping_mu_once: "multiplied by 2 μ, not by μ",
            mapping_stress_of_all_strain: "The stress is that of the whole strain",
            mapping_no_deviator: "takes the deviator of the strain",
            mapping_all_scaled: "The pressure is scaled down, too",
        },
        right=[mapping_right, mapping_by_scaling],
    ),
    "proof_stress": Answers(
        wrong={
            proof_of_all: "must return one number",
            proof_strain: "This is the strain at which they meet",
            proof_at_total_strain: "the stress at a total strain of 0.002",
            proof_point_after: "at the first point beyond",
            proof_point_before: "at the last point before",
            proof_middle: "do not meet in the middle",
            proof_departure: "where the curve leaves the elastic line",
            proof_last_elastic: "This is the last elastic point",
            proof_offset_of_a_fifth: "This is the last stress of the curve",
            proof_fitted_slope: "The slope is fitted to several points",
            proof_steel: "The slope of the line is 1000 here",
            proof_one_per_mille: "moved by 0.001",
            proof_line_itself: "This is the elastic line at a strain of 0.002",
            proof_other_part: "The part of the way is the other one",
        },
        right=[proof_right, proof_by_fine_steps],
    ),
    "rising_curve": Answers(
        wrong={
            rising_in_numpy: "returned a NumPy array",
            rising_rises: "These are the rises",
            rising_over_patterns: "You added up over the patterns",
            rising_over_all: "You added up over everything",
            rising_no_log: "The ln 2 is missing",
            rising_times_log: "You multiplied by ln 2",
            rising_no_typical: "The typical rises are not used",
            rising_typical_last: "The typical rises come before the sum",
            rising_typical_added_up: "are added up by themselves",
            rising_any_sign: "have any sign",
            rising_relu: "With relu a rise can be 0",
            rising_exp: "it grows without limit",
            rising_abs: "The absolute value turns the gradient round",
            rising_squared: "A square is 0 at 0",
            rising_sigmoid: "The sigmoid is never above 1",
            rising_softplus_last: "softplus comes first, then the sum",
            rising_sorted: "Sorting makes numbers rise",
            rising_highest_so_far: "The highest so far never falls",
            rising_backwards: "The curve runs backwards",
        },
        right=[rising_right, rising_by_matrix],
    ),
    "transfer": Answers(
        wrong={
            transfer_of_known: "for the patterns that were solved",
            transfer_not_scaled: "The features are not standardised",
            transfer_scaled_anew: "fitted anew to the unseen patterns",
            transfer_scaled_by_both: "The scaler has seen the unseen patterns",
            transfer_scaled_by_unseen: "The scaler is fitted to the unseen patterns",
            transfer_least_squares: "This is plain least squares",
            transfer_scaled_least_squares: "Scaled or not",
            transfer_fixed: "is fixed here",
            transfer_three_strengths: "tries three strengths only",
            transfer_without_mean: "The mean strength is missing",
            transfer_mean: "This is the mean of what was solved",
        },
        right=[transfer_right, transfer_by_hand],
    ),
    "pareto_front": Answers(
        wrong={
            front_places: "These are the places of the front",
            front_values: "These are the values of the front",
            front_beaten: "It is the other way round",
            front_beaten_by_oneself: "Every pattern has at least as much as itself",
            front_equal_ones_beaten: "neither beats the other",
            front_more_of_all: "beaten in everything",
            front_more_of_any: "beaten in anything",
            front_of_the_least: "The more the better",
            front_best_of_each: "These are the best of each property",
            front_largest_sum: "The largest sum is one compromise",
            front_two_columns: "for any number of columns",
        },
        right=[front_right, front_at_once],
    ),
}
