//! Tables `balance`, `trades`, `voltages` and `branches`.

use super::define::{fill, kind, table};
use super::{ColumnSpec, Encoding, Kind, Table, TableSpec};
use std::borrow::Cow;

table!(BALANCE: Balance, balance, "zone and period (mean powers)", sorted ["run_id"], r {
    run "run_id" [""] Delta "Run within the study; 0 in a single run.";
    key32 "zone_id" [""] Dictionary "The zone." = r.zone.0;
    time "period_start" [""] Delta "Start of the period." = r.period_start;
    real "load_kw" ["kW"] ByteStreamSplit "Load without EVs." = r.load_kw;
    real "pv_available_kw" ["kW"] ByteStreamSplit "PV power available." = r.pv_available_kw;
    real "wind_available_kw" ["kW"] ByteStreamSplit "Wind power available." = r.wind_available_kw;
    real "pv_used_kw" ["kW"] ByteStreamSplit "PV power used." = r.pv_used_kw;
    real "wind_used_kw" ["kW"] ByteStreamSplit "Wind power used." = r.wind_used_kw;
    real "ev_charge_kw" ["kW"] ByteStreamSplit "Charging power of EVs." = r.ev_charge_kw;
    real "ev_discharge_kw" ["kW"] ByteStreamSplit "Discharging power of EVs." = r.ev_discharge_kw;
    real "battery_kw" ["kW"] ByteStreamSplit "Stationary battery, charging positive." = r.battery_kw;
    real "turbine_kw" ["kW"] ByteStreamSplit "Gas turbine." = r.turbine_kw;
    real "diesel_kw" ["kW"] ByteStreamSplit "Diesel generator." = r.diesel_kw;
    real "grid_kw" ["kW"] ByteStreamSplit "Grid, import positive." = r.grid_kw;
    real "traded_kw" ["kW"] ByteStreamSplit "Traded with other zones, bought positive." = r.traded_kw;
    real "unserved_kw" ["kW"] ByteStreamSplit "Load that the import limit leaves without energy." = r.unserved_kw;
    real "losses_kw" ["kW"] ByteStreamSplit "Line losses; a branch's loss belongs to the zone of its to-bus." = r.losses_kw;
    real "curtailed_kw" ["kW"] ByteStreamSplit "Renewable power available and not used." = r.curtailed_kw;
    real "surplus_kw" ["kW"] ByteStreamSplit "Surplus power P_dem that the EVs are to follow." = r.surplus_kw;
    real "battery_kwh" ["kWh"] ByteStreamSplit "Energy in the stationary battery at the end of the period." = r.battery_kwh;
    real "target_p_kw" ["kW"] ByteStreamSplit "Active power target of the zone, moved by what it traded." = r.target_p_kw;
    real "target_q_kvar" ["kvar"] ByteStreamSplit "Reactive power target of the zone." = r.target_q_kvar;
    real "allowed_p_kw" ["kW"] ByteStreamSplit "Net consumption of the zone that is not penalised: the larger of both solutions (P0 eq. 9), moved by trades; 0 where the zone is held to nothing." = r.allowed_p_kw;
    real "delivered_p_kw" ["kW"] ByteStreamSplit "Active power delivered against the target." = r.delivered_p_kw;
    real "emissions_kg" ["kg"] ByteStreamSplit "CO2 emitted in the period." = r.emissions_kg;
});

table!(TRADES: Trades, trades, "zonal trade", sorted ["run_id"], r {
    run "run_id" [""] Delta "Run within the study; 0 in a single run.";
    key64 "trade_id" [""] Delta "The trade." = r.trade.0;
    time "period_start" [""] Delta "Start of the period traded." = r.period_start;
    id32 "buyer_zone_id" [""] Dictionary "Zone that buys." = r.buyer.0;
    id32 "seller_zone_id" [""] Dictionary "Zone that sells." = r.seller.0;
    maybe_real "energy_kwh" ["kWh"] ByteStreamSplit "Energy traded." = r.energy_kwh;
    maybe_real "loss_kwh" ["kWh"] ByteStreamSplit "Line loss caused by the trade." = r.loss_kwh;
    maybe_real "price_cny_per_kwh" ["CNY/kWh"] ByteStreamSplit "Price agreed." = r.price;
    maybe_real "grid_price_cny_per_kwh" ["CNY/kWh"] Dictionary "Grid price of the period." = r.grid_price;
    word(TradeStatus) "status" [""] Dictionary "How it ended." = r.status;
    maybe_word(Detail) "refused_by" [""] Dictionary "The limit because of which it was refused." = r.refused_by;
    id32 "limit_bus_id" [""] Dictionary "Bus of that limit, of a branch the far one; null at the substation." = r.limit_bus.0;
});

table!(VOLTAGES: Voltages, voltages, "bus and period", sorted ["run_id"], r {
    run "run_id" [""] Delta "Run within the study; 0 in a single run.";
    key32 "bus_id" [""] Dictionary "The bus." = r.bus.0;
    id32 "zone_id" [""] Dictionary "Its zone; null if it is in none." = r.zone.0;
    time "period_start" [""] Delta "Start of the period." = r.period_start;
    maybe_real "v_pu" ["p.u."] ByteStreamSplit "Voltage magnitude." = r.v_pu;
    maybe_real "angle_rad" ["rad"] ByteStreamSplit "Voltage angle." = r.angle_rad;
    maybe_real "p_kw" ["kW"] ByteStreamSplit "Active power, net consumption at the bus." = r.p_kw;
    maybe_real "q_kvar" ["kvar"] ByteStreamSplit "Reactive power, net consumption at the bus." = r.q_kvar;
});

table!(BRANCHES: Branches, branches, "branch and period", sorted ["run_id"], r {
    run "run_id" [""] Delta "Run within the study; 0 in a single run.";
    key32 "from_bus_id" [""] Dictionary "Bus at the feeder's side." = r.from.0;
    key32 "to_bus_id" [""] Dictionary "Bus at the far side." = r.to.0;
    time "period_start" [""] Delta "Start of the period." = r.period_start;
    maybe_real "p_kw" ["kW"] ByteStreamSplit "Active power sent at the from-bus." = r.p_kw;
    maybe_real "q_kvar" ["kvar"] ByteStreamSplit "Reactive power sent at the from-bus." = r.q_kvar;
    maybe_real "current_a" ["A"] ByteStreamSplit "Current." = r.current_a;
    maybe_real "loss_kw" ["kW"] ByteStreamSplit "Active power lost in the branch." = r.loss_kw;
});
