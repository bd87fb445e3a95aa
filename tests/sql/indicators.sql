-- Every indicator of a run, from its tables alone: name, value (null where undefined).
-- The formulas in words are in `gridflock schema tables`. Run it in DuckDB from the project's root:
--
--   SET VARIABLE dir = 'output/park-1';      -- the run's directory
--   SET VARIABLE piles = 48;                 -- access.piles of all zones together
--   SET VARIABLE pile_kw = 40.0;             -- access.pile_kw
--   SET VARIABLE grid_kg_per_kwh = 0.4326;   -- emissions of energy from the grid
--   SET VARIABLE v_low = 0.95;               -- voltages that are no violation, p.u.
--   SET VARIABLE v_high = 1.05;
--   SET VARIABLE price_floor = 0.90;         -- pricing.floor
--   SET VARIABLE price_cap_share = 0.98;     -- pricing.cap_share
--   .read tests/sql/indicators.sql
WITH
facts AS (FROM read_parquet(getvariable('dir') || '/facts.parquet')),
evs AS (FROM read_parquet(getvariable('dir') || '/evs.parquet')),
stays AS (FROM read_parquet(getvariable('dir') || '/stays.parquet')),
sessions AS (FROM read_parquet(getvariable('dir') || '/sessions.parquet')),
reservations AS (FROM read_parquet(getvariable('dir') || '/reservations.parquet')),
tickets AS (FROM read_parquet(getvariable('dir') || '/tickets.parquet')),
ledger AS (FROM read_parquet(getvariable('dir') || '/ledger.parquet')),
accounts AS (FROM read_parquet(getvariable('dir') || '/accounts.parquet')),
prices AS (FROM read_parquet(getvariable('dir') || '/prices.parquet')),
balance AS (FROM read_parquet(getvariable('dir') || '/balance.parquet')),
voltages AS (FROM read_parquet(getvariable('dir') || '/voltages.parquet')),
trades AS (FROM read_parquet(getvariable('dir') || '/trades.parquet')),

-- The record: its beginning and end, its periods [us], [h].
clock AS (
  SELECT min(us) AS start_us, min(step) AS len, max(us) + min(step) AS end_us, min(step) / 3.6e9 AS h
  FROM (SELECT us, us - lag(us) OVER (ORDER BY us) AS step FROM (SELECT DISTINCT epoch_us(period_start) AS us FROM balance))
),

-- The area as a whole, period by period.
area AS (
  SELECT epoch_us(period_start) AS us, sum(load_kw) AS load, sum(pv_available_kw + wind_available_kw) AS available,
         sum(ev_charge_kw) AS charge, sum(ev_discharge_kw) AS discharge, sum(ev_charge_kw) - sum(ev_discharge_kw) AS y,
         sum(battery_kw) AS battery, sum(turbine_kw) AS turbine, sum(diesel_kw) AS diesel, sum(grid_kw) AS grid,
         sum(losses_kw) AS losses, sum(unserved_kw) AS unserved, sum(curtailed_kw) AS curtailed, sum(surplus_kw) AS p, sum(emissions_kg) AS emissions,
         sum(delivered_p_kw) AS net
  FROM balance GROUP BY ALL
),
energy AS (
  SELECT
    sum(load) * any_value(h) AS load, sum(available) * any_value(h) AS available, sum(charge) * any_value(h) AS charge,
    sum(discharge) * any_value(h) AS discharge, sum(greatest(battery, 0)) * any_value(h) AS battery_in,
    sum(greatest(-battery, 0)) * any_value(h) AS battery_out, sum(turbine) * any_value(h) AS turbine,
    sum(diesel) * any_value(h) AS diesel, sum(greatest(grid, 0)) * any_value(h) AS import, sum(losses) * any_value(h) AS losses,
    sum(unserved) * any_value(h) AS unserved,
    sum(curtailed) * any_value(h) AS curtailed, sum(emissions) AS emissions,
    coalesce(sum(p) FILTER (p > 0), 0) * any_value(h) AS surplus, sum(abs(p)) * any_value(h) AS gap,
    coalesce(sum(greatest(p - abs(p - y), 0)) FILTER (p > 0), 0) * any_value(h) AS followed,
    coalesce(sum(p - abs(p - y)) FILTER (p > 0), 0) * any_value(h) AS followed_unclipped,
    sum(greatest(abs(p) - abs(p - y), 0)) * any_value(h) AS followed_all,
    avg(1 - abs(p - y) / p) FILTER (p > 0) AS tracking_mean,
    coalesce(sum(least(curtailed, p)) FILTER (p > 0), 0) * any_value(h) AS abandoned,
    coalesce(sum(least(greatest(battery, 0), p - least(curtailed, p))) FILTER (p > 0), 0) * any_value(h) AS to_battery,
    max(load + y) AS peak, min(load + y) AS valley, max(net) AS net_peak, min(net) AS net_valley, greatest(max(grid), 0) AS import_peak, count(*) AS periods
  FROM area, clock
),
-- Every stay charged on arrival at full power.
plain AS (
  SELECT s.us + c.start_us AS from_us, greatest(s.us, 0) + c.start_us AS begin_us, kw,
         least(s.us + CAST(round(needed / kw * 3.6e9) AS BIGINT), s.leaves) + c.start_us AS until_us
  FROM (
    SELECT epoch_us(arrival) - start_us AS us, epoch_us(coalesce(departure, planned_departure)) - start_us AS leaves,
           energy_needed_kwh AS needed, least(charge_kw, getvariable('pile_kw')) AS kw
    FROM stays JOIN evs USING (ev_id), clock WHERE arrival IS NOT NULL
  ) AS s, clock AS c WHERE kw > 0
),
uncontrolled AS (
  SELECT max(load + charge) AS peak FROM (
    SELECT area.us, any_value(load) AS load,
           coalesce(sum(kw * greatest(least(until_us, area.us + len) - greatest(begin_us, area.us), 0) / len), 0) AS charge
    FROM area CROSS JOIN clock LEFT JOIN plain ON begin_us < area.us + len AND until_us > area.us
    GROUP BY area.us
  )
),

-- c_grid,EV by the time of the day, as published with reservation prices (in a group the coordinator's price stands on rows of its own).
tariff AS (
  SELECT (epoch_us(period_start) - start_us + 8640000000000) % 86400000000 AS time_of_day, max(grid_price_cny_per_kwh) AS tariff
  FROM prices, clock WHERE grid_price_cny_per_kwh IS NOT NULL AND reservation_price_cny_per_kwh IS NOT NULL GROUP BY ALL
),
closed AS (
  SELECT r.*, tariff, date_diff('microsecond', period_start, period_end) / 3.6e9 AS hours
  FROM reservations AS r CROSS JOIN clock
  LEFT JOIN tariff ON time_of_day = (epoch_us(period_start) - start_us + 8640000000000) % 86400000000
  WHERE status <> 'open'
),
money AS (
  SELECT coalesce(sum(revenue_cny), 0) AS revenue, coalesce(sum(refund_cny), 0) AS refund, coalesce(sum(forfeited_cny), 0) AS forfeited,
         coalesce(sum(penalty_cny), 0) AS penalty,
         coalesce(sum(energy_kwh * tariff) FILTER (direction = 'charge' AND energy_kwh <> 0), 0) AS charged_at_tariff,
         coalesce(sum(energy_kwh * tariff) FILTER (direction = 'discharge' AND energy_kwh <> 0), 0) AS discharged_at_tariff,
         coalesce(sum(hours) FILTER (direction = 'charge' AND status IN ('cancelled_late', 'defaulted')), 0) AS freed_h,
         coalesce(sum(hours) FILTER (direction = 'charge' AND status = 'fulfilled' AND ticket_id IS NOT NULL), 0) AS resold_h
  FROM closed
),
bookings AS (
  SELECT booking_id, any_value(ev_id) AS ev_id, min(made_at) AS made_at, min(period_start) AS s, max(period_end) AS e,
         any_value(status) AS status, any_value(breach) AS breach, any_value(direction) AS direction,
         any_value(ticket_id) AS ticket_id, any_value(plugged_at) AS plugged_at, any_value(cancelled_at) AS cancelled_at,
         any_value(price_cny_per_kwh) AS price
  FROM reservations GROUP BY booking_id
),
counts AS (
  SELECT count(*) AS bookings, count(*) FILTER (status = 'open') AS open, count(*) FILTER (status <> 'open') AS closed,
         count(ticket_id) AS by_ticket, count(*) FILTER (direction = 'discharge') AS discharge,
         count(*) FILTER (status = 'cancelled_free') AS free, count(*) FILTER (status = 'cancelled_early') AS early,
         count(*) FILTER (status = 'cancelled_late') AS late, count(*) FILTER (status = 'curtailed') AS curtailed,
         count(*) FILTER (status = 'defaulted' AND plugged_at IS NULL AND latecomers.ev IS NULL) AS no_shows,
         count(*) FILTER (status = 'defaulted' AND latecomers.ev IS NOT NULL) AS turned_away,
         count(*) FILTER (status <> 'open' AND breach = 'minor') AS minor,
         count(*) FILTER (status <> 'open' AND breach = 'moderate') AS moderate,
         count(*) FILTER (status <> 'open' AND breach = 'severe') AS severe,
         count(plugged_at) AS plugged,
         avg(date_diff('microsecond', s, plugged_at) / 6e7) AS late_mean,
         quantile_cont(date_diff('microsecond', s, plugged_at) / 6e7, 0.05) AS late_p05,
         quantile_cont(date_diff('microsecond', s, plugged_at) / 6e7, 0.95) AS late_p95
  FROM bookings
  LEFT JOIN (SELECT DISTINCT ev_id AS ev, period_start AS first FROM facts WHERE kind = 'turned_away_late') AS latecomers
    ON latecomers.ev = ev_id AND latecomers.first = s
),
-- What users bear besides money, of stays that ended.
borne AS (
  SELECT coalesce(sum(earliness_cny), 0) AS earliness, coalesce(sum(hassle_cny), 0) AS hassle, coalesce(sum(unmet_cny), 0) AS unmet,
         coalesce(sum(shift_cny), 0) AS shift, coalesce(sum(crowding_cny), 0) AS crowding, coalesce(sum(owner_wear_cny), 0) AS wear,
         coalesce(sum(keeping_cny), 0) AS keeping, coalesce(sum(trip_cny), 0) AS trips
  FROM stays WHERE departure IS NOT NULL
),
overstays AS (
  SELECT count(*) AS n, coalesce(sum(date_diff('microsecond', b.e, f.t) / 6e7), 0) AS minutes
  FROM (SELECT ev_id, t FROM facts WHERE kind = 'unplugged' AND detail = 'overstay') AS f
  ASOF JOIN (SELECT ev_id, e FROM bookings WHERE plugged_at IS NOT NULL) AS b ON f.ev_id = b.ev_id AND f.t >= b.e
),
hoarding AS (
  SELECT count(*) AS asked, count(*) FILTER (held > made_at) AS on_top FROM (
    SELECT made_at, max(coalesce(cancelled_at, s))
             OVER (PARTITION BY ev_id ORDER BY made_at, booking_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS held
    FROM bookings WHERE direction = 'charge' AND ticket_id IS NULL)
),
events AS (
  SELECT count(*) FILTER (kind = 'reservation_requested') AS requests, count(*) FILTER (kind = 'reservation_rejected') AS rejections,
         coalesce(sum(energy_kwh) FILTER (kind = 'reservation_rejected'), 0) AS spill, count(*) FILTER (kind = 'walk_in') AS walk_ins,
         count(*) FILTER (kind = 'reminder_sent') AS reminders, count(*) FILTER (kind = 'ticket_grabbed') AS grabs,
         count(*) FILTER (kind = 'set_point') AS set_points
  FROM facts
),
ev_days AS (
  SELECT count(*) AS n FROM (
    SELECT DISTINCT ev_id, (epoch_us(period_start) - start_us) // 86400000000 FROM facts, clock
    WHERE kind = 'set_point' AND direction = 'charge')
),
plugged AS (
  SELECT count(*) AS n, coalesce(sum(least(coalesce(epoch_us(departure), end_us), end_us) - greatest(epoch_us(arrival), start_us)), 0) / 3.6e9 AS h
  FROM sessions, clock
),
offers AS (
  SELECT count(*) AS offers, count(*) FILTER (status = 'awarded') AS awarded, count(*) FILTER (status = 'expired') AS expired,
         quantile_cont(latency_s, 0.5) AS p50, quantile_cont(latency_s, 0.9) AS p90,
         coalesce(sum(date_diff('microsecond', period_start, period_end) / 3.6e9) FILTER (cause = 'early_unplug'), 0) AS early_h
  FROM tickets
),
-- Reservation prices at neither end; where the floor is not below the cap, E R stands in its place.
published AS (
  SELECT zone_id, period_start, published_at, cap, reservation_price_cny_per_kwh AS c,
         if(getvariable('price_floor') < cap, getvariable('price_floor'), expected_real_price_cny_per_kwh) AS floor
  FROM (SELECT *, getvariable('price_cap_share') * grid_price_cny_per_kwh AS cap FROM prices WHERE reservation_price_cny_per_kwh IS NOT NULL)
),
told AS (SELECT *, c > floor + 1e-6 AND c < cap - 1e-6 AS inside FROM published),
interior AS (
  SELECT avg(CAST(inside AS INT)) AS share,
         (SELECT avg(CAST(inside AS INT)) FROM (SELECT zone_id, period_start, max_by(inside, published_at) AS inside FROM told GROUP BY ALL)
          JOIN balance USING (zone_id, period_start) WHERE surplus_kw > 0) AS in_surplus
  FROM told
),
discounts AS (
  SELECT avg(1 - t.price_cny_per_kwh / b.price) AS mean FROM tickets AS t JOIN bookings AS b USING (booking_id)
  WHERE t.status = 'awarded' AND b.direction = 'charge' AND b.price > 0
),
winners AS (SELECT sum(n * n) / pow(sum(n), 2) AS hhi FROM (SELECT count(*) AS n FROM tickets WHERE status = 'awarded' GROUP BY winner_ev_id)),

-- Transfers with the kinds and owners of both accounts; what comes back from outside counts against what went there.
transfers AS (
  SELECT purpose, amount_ucny, d.kind AS payer, d.owner_id AS payer_id, c.kind AS payee, c.owner_id AS payee_id,
         d.kind IN ('grid', 'plant', 'fuel', 'wear', 'carbon') AND c.kind NOT IN ('grid', 'plant', 'fuel', 'wear', 'carbon') AS backwards
  FROM ledger JOIN accounts AS d ON debit_account = d.account_id JOIN accounts AS c ON credit_account = c.account_id
),
bought AS (
  SELECT coalesce(sum(x) FILTER (purpose = 'grid_purchase'), 0) / 1e6 AS grid, coalesce(sum(x) FILTER (purpose = 'capacity_charge'), 0) / 1e6 AS capacity,
         coalesce(sum(x) FILTER (purpose = 'fuel'), 0) / 1e6 AS fuel, coalesce(sum(x) FILTER (purpose = 'start'), 0) / 1e6 AS start,
         coalesce(sum(x) FILTER (purpose = 'wear'), 0) / 1e6 AS wear, coalesce(sum(x) FILTER (purpose = 'carbon'), 0) / 1e6 AS carbon,
         coalesce(sum(x) FILTER (purpose = 'curtailment'), 0) / 1e6 AS curtailment,
         coalesce(sum(x) FILTER (purpose IN ('grid_purchase', 'capacity_charge', 'fuel', 'start', 'wear', 'carbon', 'curtailment')), 0) / 1e6 AS plant
  FROM (SELECT purpose, CASE WHEN backwards THEN -amount_ucny ELSE amount_ucny END AS x FROM transfers)
),
of_evs AS (
  SELECT purpose, CASE WHEN payer = 'ev' THEN payer_id ELSE payee_id END AS ev_id,
         CASE WHEN payer = 'ev' THEN amount_ucny ELSE -amount_ucny END AS paid
  FROM transfers WHERE purpose IN ('walk_in', 'service_fee', 'cancellation_fee', 'v2g_payment') AND 'ev' IN (payer, payee)
),
flows AS (
  SELECT coalesce(sum(paid) FILTER (purpose = 'walk_in'), 0) / 1e6 AS walk_in, coalesce(sum(paid) FILTER (purpose = 'service_fee'), 0) / 1e6 AS service,
         coalesce(sum(paid) FILTER (purpose = 'cancellation_fee'), 0) / 1e6 AS fee, -coalesce(sum(paid) FILTER (purpose = 'v2g_payment'), 0) / 1e6 AS v2g
  FROM of_evs
),
gains AS (
  SELECT coalesce(sum(closing_ucny - opening_ucny) FILTER (kind = 'operator'), 0) / 1e6 AS operator,
         coalesce(sum(closing_ucny - opening_ucny) FILTER (kind IN ('operator', 'aggregator', 'dso')), 0) / 1e6 AS site
  FROM accounts
),
costs AS (
  SELECT revenue + refund + walk_in + service AS before_refunds, revenue + walk_in + service AS ev, plant + v2g AS generation,
         charged_at_tariff - revenue - refund AS compensation,
         charged_at_tariff - discharged_at_tariff - (revenue + forfeited + penalty + fee + service - v2g) AS surplus
  FROM money, flows, bought
),

needs AS (
  SELECT count(*) AS n, coalesce(sum(energy_needed_kwh), 0) AS needed, coalesce(sum(unmet_kwh), 0) AS unmet, coalesce(sum(waiting_min), 0) AS waiting,
         avg(soh_loss) AS soh, avg(CAST(unmet_kwh <= 0.1 AS INT)) AS met,
         avg(greatest(least(1 - unmet_kwh / energy_needed_kwh, 1), 0)) FILTER (energy_needed_kwh > 0) AS satisfaction,
         coalesce(sum((soc_departure - soc_target) ** 2), 0) AS soc_error
  FROM stays WHERE departure IS NOT NULL
),
-- What each EV got, paid and waited, those with nothing included.
each_ev AS (
  SELECT ev_id, coalesce(kwh, 0) AS kwh, (coalesce(booked, 0) + coalesce(other, 0)) / 1e6 AS cny, coalesce(waited, 0) AS waited
  FROM evs
  LEFT JOIN (SELECT ev_id, sum(energy_kwh) AS kwh FROM facts WHERE kind = 'set_point' AND direction = 'charge' GROUP BY 1) USING (ev_id)
  LEFT JOIN (SELECT ev_id, sum(CAST(round((revenue_cny + forfeited_cny + penalty_cny) * 1e6) AS BIGINT)) AS booked FROM closed GROUP BY 1) USING (ev_id)
  LEFT JOIN (SELECT ev_id, sum(paid) AS other FROM of_evs WHERE purpose <> 'v2g_payment' GROUP BY 1) USING (ev_id)
  LEFT JOIN (SELECT ev_id, sum(waiting_min) AS waited FROM stays GROUP BY 1) USING (ev_id)
),
inequality AS (
  SELECT count(*) AS n,
         CASE WHEN sum(kwh) <> 0 THEN 2 * sum(i * kwh) / (count(*) * sum(kwh)) - (count(*) + 1) / count(*) END AS energy,
         CASE WHEN sum(cny) <> 0 THEN 2 * sum(j * cny) / (count(*) * sum(cny)) - (count(*) + 1) / count(*) END AS cost,
         CASE WHEN sum(waited) <> 0 THEN 2 * sum(k * waited) / (count(*) * sum(waited)) - (count(*) + 1) / count(*) END AS wait
  FROM (SELECT *, row_number() OVER (ORDER BY kwh) AS i, row_number() OVER (ORDER BY cny) AS j, row_number() OVER (ORDER BY waited) AS k FROM each_ev)
),
network AS (
  SELECT CASE WHEN count(v_pu) > 0 THEN count(*) FILTER (v_pu < getvariable('v_low') OR v_pu > getvariable('v_high')) END AS violations,
         min(v_pu) AS low, max(v_pu) AS high
  FROM voltages
),
-- Targets of a feeder's zones (P0 eq. 9-10, 22), hard limits, answers to prices.
held AS (
  SELECT count(*) AS targets, count(*) FILTER (delivered_p_kw > allowed_p_kw + 5) AS missed,
         coalesce(sum(greatest(delivered_p_kw - allowed_p_kw, 0)), 0) AS excess_kw
  FROM balance WHERE allowed_p_kw <> 0
),
outcomes AS (
  SELECT coalesce(sum(amount_cny) FILTER (kind = 'target_missed'), 0) AS penalty,
         count(*) FILTER (kind = 'limit_exceeded') AS exceeded, count(*) FILTER (kind = 'dispatch_infeasible') AS infeasible,
         coalesce(sum(energy_kwh) FILTER (kind = 'demand_answered'), 0) AS shifted,
         coalesce(sum(amount_cny) FILTER (kind = 'demand_answered'), 0) AS bill_change
  FROM facts
),
exchange AS (
  SELECT count(*) FILTER (status <> 'refused') AS delivered, count(*) FILTER (status = 'refused') AS refused,
         coalesce(sum(energy_kwh) FILTER (status <> 'refused'), 0) AS kwh
  FROM trades
)
SELECT key AS name, value FROM (SELECT unnest(map_entries(MAP {
  'tracking_rate': e.followed / nullif(e.surplus, 0),
  'tracking_rate_unclipped': e.followed_unclipped / nullif(e.surplus, 0),
  'tracking_rate_all_periods': e.followed_all / nullif(e.gap, 0),
  'tracking_rate_paper': e.tracking_mean,
  'abandonment_rate': e.curtailed / nullif(e.surplus, 0),
  'abandonment_rate_available': e.curtailed / nullif(e.available, 0),
  'abandonment_rate_paper': 1 - (e.charge - e.discharge + e.battery_in) / nullif(e.available, 0),
  'surplus_battery_share': e.to_battery / nullif(e.surplus, 0),
  'surplus_ev_share': (e.surplus - e.abandoned - e.to_battery) / nullif(e.surplus, 0),
  'purchase_rate': e.import / nullif(e.load, 0),
  'purchase_rate_served': e.import / nullif(e.load + e.charge, 0),
  'purchase_rate_paper': 1 - bought.grid / nullif(costs.generation + costs.ev, 0),
  'co2_kg': e.emissions,
  'co2_kg_paper': e.import * getvariable('grid_kg_per_kwh'),
  'load_kwh': e.load,
  'renewable_kwh': e.available,
  'surplus_kwh': e.surplus,
  'curtailed_kwh': e.curtailed,
  'import_kwh': e.import,
  'turbine_kwh': e.turbine,
  'diesel_kwh': e.diesel,
  'battery_charged_kwh': e.battery_in,
  'battery_discharged_kwh': e.battery_out,
  'unserved_kwh': e.unserved,
  'losses_kwh': e.losses,
  'ev_energy_kwh': e.charge,
  'v2g_kwh': e.discharge,
  'peak_kw': e.peak,
  'valley_kw': e.valley,
  'peak_valley_kw': e.peak - e.valley,
  'net_peak_valley_kw': e.net_peak - e.net_valley,
  'import_peak_kw': e.import_peak,
  'uncontrolled_peak_kw': uncontrolled.peak,
  'peak_shaving_rate': (uncontrolled.peak - e.peak) / nullif(uncontrolled.peak, 0),
  'grid_purchase_cny': bought.grid,
  'capacity_charge_cny': bought.capacity,
  'fuel_cny': bought.fuel,
  'start_cny': bought.start,
  'wear_cny': bought.wear,
  'carbon_cost_cny': bought.carbon,
  'curtailment_cost_cny': bought.curtailment,
  'plant_cost_cny': bought.plant,
  'generation_cost_cny': costs.generation,
  'compensation_cny': costs.compensation,
  'total_cost_cny': costs.generation + costs.compensation,
  'v2g_payment_cny': flows.v2g,
  'ev_cost_before_refunds_cny': costs.before_refunds,
  'ev_cost_cny': costs.ev,
  'walk_in_cny': flows.walk_in,
  'refund_cost_cny': money.refund,
  'penalty_revenue_cny': money.penalty,
  'cancellation_fee_cny': flows.fee,
  'forfeited_cny': money.forfeited,
  'operator_net_cny': gains.operator,
  'user_surplus_cny': costs.surplus,
  'welfare_cny': costs.surplus + gains.site
    - (borne.earliness + borne.hassle + borne.unmet + borne.shift + borne.crowding + borne.wear + borne.keeping + borne.trips),
  'welfare_money_cny': costs.surplus + gains.site,
  'welfare_earliness_cny': borne.earliness,
  'welfare_hassle_cny': borne.hassle,
  'welfare_unmet_cny': borne.unmet,
  'welfare_shift_cny': borne.shift,
  'welfare_crowding_cny': borne.crowding,
  'welfare_wear_cny': borne.wear,
  'welfare_keeping_cny': borne.keeping,
  'welfare_trips_cny': borne.trips,
  'evs': inequality.n,
  'bookings': counts.bookings,
  'bookings_made': (SELECT count(*) FROM facts WHERE kind = 'reservation_confirmed'),
  'bookings_closed': counts.closed,
  'bookings_open': counts.open,
  'bookings_by_ticket': counts.by_ticket,
  'discharge_bookings': counts.discharge,
  'requests': events.requests,
  'rejections': events.rejections,
  'rejection_rate': events.rejections / nullif(events.requests, 0),
  'walk_ins': events.walk_ins,
  'plug_ins': plugged.n,
  'reminders': events.reminders,
  'cancelled_free': counts.free,
  'cancelled_early': counts.early,
  'cancelled_late': counts.late,
  'curtailed_bookings': counts.curtailed,
  'no_shows': counts.no_shows,
  'turned_away_late': counts.turned_away,
  'minor_breaches': counts.minor,
  'moderate_breaches': counts.moderate,
  'severe_breaches': counts.severe,
  'free_cancel_rate': counts.free / nullif(counts.closed, 0),
  'early_cancel_rate': counts.early / nullif(counts.closed, 0),
  'late_cancel_rate': counts.late / nullif(counts.closed, 0),
  'no_show_rate': counts.no_shows / nullif(counts.closed, 0),
  'turned_away_late_rate': counts.turned_away / nullif(counts.closed, 0),
  'default_rate_minor': counts.minor / nullif(counts.closed, 0),
  'default_rate_moderate': counts.moderate / nullif(counts.closed, 0),
  'default_rate_severe': counts.severe / nullif(counts.closed, 0),
  'punctuality_mean_min': counts.late_mean,
  'punctuality_p05_min': counts.late_p05,
  'punctuality_p95_min': counts.late_p95,
  'overstays': overstays.n,
  'overstay_min': overstays.minutes / nullif(counts.plugged, 0),
  'hoarding_index': hoarding.on_top / nullif(hoarding.asked, 0),
  'slot_utilisation': events.set_points / nullif(getvariable('piles') * e.periods, 0),
  'pile_occupancy': plugged.h / nullif(getvariable('piles') * e.periods * clock.h, 0),
  'spoilage_slot_h': money.freed_h + offers.early_h - money.resold_h,
  'spill_kwh': events.spill,
  'ticket_offers': offers.offers,
  'tickets_awarded': offers.awarded,
  'tickets_expired': offers.expired,
  'ticket_fill_rate': offers.awarded / nullif(offers.offers, 0),
  'ticket_latency_p50_s': offers.p50,
  'ticket_latency_p90_s': offers.p90,
  'ticket_discount': discounts.mean,
  'ticket_grabs': events.grabs,
  'grabs_per_ticket': events.grabs / nullif(offers.offers, 0),
  'winner_hhi': winners.hhi,
  'stays': needs.n,
  'charged_ev_days': ev_days.n,
  'energy_needed_kwh': needs.needed,
  'unmet_kwh': needs.unmet,
  'need_met_share': 1 - needs.unmet / nullif(needs.needed, 0),
  'stays_met_share': needs.met,
  'ev_satisfaction': needs.satisfaction,
  'soc_error_squared': needs.soc_error,
  'waiting_min': needs.waiting,
  'waiting_mean_min': needs.waiting / nullif(needs.n, 0),
  'soh_loss_mean': needs.soh,
  'gini_energy': inequality.energy,
  'gini_cost': inequality.cost,
  'gini_wait': inequality.wait,
  'voltage_violations': network.violations,
  'voltage_min_pu': network.low,
  'voltage_max_pu': network.high,
  'zonal_trades': exchange.delivered,
  'zonal_trades_refused': exchange.refused,
  'target_miss_rate': held.missed / nullif(held.targets, 0),
  'target_excess_kwh': held.excess_kw * clock.h,
  'target_penalty_cny': outcomes.penalty,
  'limits_exceeded': outcomes.exceeded,
  'dispatches_infeasible': outcomes.infeasible,
  'elastic_shifted_kwh': outcomes.shifted,
  'ev_bill_change_cny': outcomes.bill_change,
  'prices_interior_share': interior.share,
  'prices_interior_surplus_share': interior.in_surplus,
  'zonal_trade_kwh': exchange.kwh
}), recursive := true)
FROM energy AS e, clock, uncontrolled, money, counts, borne, overstays, hoarding, events, ev_days, plugged, offers, discounts, winners, bought, flows,
     gains, costs, needs, inequality, network, held, outcomes, exchange, interior);
