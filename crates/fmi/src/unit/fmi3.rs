//! The functions of FMI 3.0 (Functional Mock-up Interface, version 3.0.2, sections 2.2, 3.2, 4.2
//! and 5.2), under its own names.
//!
//! # Safety
//! As the standard says: pointers are valid, an instance is used by one thread at a time.

use super::border::{
    call, free, hand_out, none_of, not_there, pack, places, put, save, state, take_back, text,
    unpack, values,
};
use super::fmi2::set_texts;
use super::instance::{Complaint, Status};
use super::log::{Level, Listener, Log, Logger3};
use std::ffi::{c_char, c_int, c_void};

type Instance = *mut c_void;
type Numbers = *const u32;

/// As many values as variables.
fn same(n: usize, count: usize) -> Result<usize, Complaint> {
    if n == count {
        return Ok(n);
    }
    Err(format!("{n} variables have {n} values, not {count}: all of them are scalars").into())
}

#[unsafe(no_mangle)]
extern "C" fn fmi3GetVersion() -> *const c_char {
    c"3.0".as_ptr()
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fmi3SetDebugLogging(
    c: Instance,
    on: bool,
    _count: usize,
    _categories: *const *const c_char,
) -> c_int {
    unsafe {
        call(c, |i| {
            i.log.everything = on;
            Ok(Status::Ok)
        })
    }
}

/// Where messages go.
unsafe fn log_of(
    name: *const c_char,
    logging: bool,
    environment: *mut c_void,
    logger: Option<Logger3>,
) -> Log {
    Log {
        listener: logger.map_or(Listener::None, Listener::Three),
        environment,
        name: unsafe { text(name) }.unwrap_or_default(),
        everything: logging,
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fmi3InstantiateCoSimulation(
    name: *const c_char,
    token: *const c_char,
    resources: *const c_char,
    _visible: bool,
    logging: bool,
    event_mode_used: bool,
    early_return_allowed: bool,
    _intermediate: Numbers,
    _intermediate_count: usize,
    environment: *mut c_void,
    logger: Option<Logger3>,
    _intermediate_update: *const c_void,
) -> Instance {
    let (token, resources) = unsafe { (text(token), text(resources)) };
    let log = unsafe { log_of(name, logging, environment, logger) };
    hand_out(|| {
        if event_mode_used {
            let why = "the unit has no event mode; instantiate it with eventModeUsed = false";
            log.say(Level::Error, why);
            return None;
        }
        let mut made = super::make(log, true, token, resources)?;
        made.early_return = early_return_allowed;
        Some(made)
    })
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fmi3InstantiateModelExchange(
    name: *const c_char,
    _token: *const c_char,
    _resources: *const c_char,
    _visible: bool,
    logging: bool,
    environment: *mut c_void,
    logger: Option<Logger3>,
) -> Instance {
    let log = unsafe { log_of(name, logging, environment, logger) };
    hand_out(|| super::make(log, false, None, None))
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fmi3InstantiateScheduledExecution(
    name: *const c_char,
    _token: *const c_char,
    _resources: *const c_char,
    _visible: bool,
    logging: bool,
    environment: *mut c_void,
    logger: Option<Logger3>,
    _clock_update: *const c_void,
    _lock: *const c_void,
    _unlock: *const c_void,
) -> Instance {
    let log = unsafe { log_of(name, logging, environment, logger) };
    hand_out(|| super::make(log, false, None, None))
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fmi3FreeInstance(c: Instance) {
    unsafe { take_back(c) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fmi3EnterInitializationMode(
    c: Instance,
    _tolerance_defined: bool,
    _tolerance: f64,
    from_s: f64,
    stop_defined: bool,
    stop_s: f64,
) -> c_int {
    let to_s = if stop_defined { stop_s } else { -1.0 };
    unsafe {
        call(c, |i| {
            i.set_times(from_s, to_s)?;
            i.enter_initialisation().map(|()| Status::Ok)
        })
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fmi3ExitInitializationMode(c: Instance) -> c_int {
    unsafe { call(c, |i| i.exit_initialisation().map(|()| Status::Ok)) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fmi3Terminate(c: Instance) -> c_int {
    unsafe { call(c, |i| i.terminate().map(|()| Status::Ok)) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fmi3Reset(c: Instance) -> c_int {
    unsafe { call(c, |i| i.reset().map(|()| Status::Ok)) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fmi3GetFloat64(
    c: Instance,
    vr: Numbers,
    n: usize,
    out: *mut f64,
    count: usize,
) -> c_int {
    unsafe {
        call(c, |i| i.reals(values(vr, n)?, places(out, same(n, count)?)?).map(|()| Status::Ok))
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fmi3SetFloat64(
    c: Instance,
    vr: Numbers,
    n: usize,
    given: *const f64,
    count: usize,
) -> c_int {
    unsafe { call(c, |i| i.set_reals(values(vr, n)?, values(given, same(n, count)?)?)) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fmi3GetInt64(
    c: Instance,
    vr: Numbers,
    n: usize,
    out: *mut i64,
    count: usize,
) -> c_int {
    unsafe {
        call(c, |i| {
            for (vr, out) in values(vr, n)?.iter().zip(places(out, same(n, count)?)?) {
                *out = i.number(*vr)?;
            }
            Ok(Status::Ok)
        })
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fmi3SetInt64(
    c: Instance,
    vr: Numbers,
    n: usize,
    given: *const i64,
    count: usize,
) -> c_int {
    unsafe {
        call(c, |i| {
            for (vr, value) in values(vr, n)?.iter().zip(values(given, same(n, count)?)?) {
                i.set_number(*vr, *value)?;
            }
            Ok(Status::Ok)
        })
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fmi3GetString(
    c: Instance,
    vr: Numbers,
    n: usize,
    out: *mut *const c_char,
    count: usize,
) -> c_int {
    unsafe {
        call(c, |i| {
            for (vr, out) in values(vr, n)?.iter().zip(places(out, same(n, count)?)?) {
                *out = i.text(*vr)?;
            }
            Ok(Status::Ok)
        })
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fmi3SetString(
    c: Instance,
    vr: Numbers,
    n: usize,
    given: *const *const c_char,
    count: usize,
) -> c_int {
    unsafe { call(c, |i| set_texts(i, values(vr, n)?, values(given, same(n, count)?)?)) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fmi3GetFMUState(c: Instance, at: *mut *mut c_void) -> c_int {
    unsafe { call(c, |i| save(i, at)) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fmi3SetFMUState(c: Instance, saved: *mut c_void) -> c_int {
    unsafe { call(c, |i| i.restore(state(saved)?).map(|()| Status::Ok)) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fmi3FreeFMUState(c: Instance, at: *mut *mut c_void) -> c_int {
    unsafe { call(c, |_| free(at)) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fmi3SerializedFMUStateSize(
    c: Instance,
    saved: *mut c_void,
    size: *mut usize,
) -> c_int {
    unsafe {
        call(c, |_| {
            put(size, state(saved)?.len());
            Ok(Status::Ok)
        })
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fmi3SerializeFMUState(
    c: Instance,
    saved: *mut c_void,
    room: *mut u8,
    size: usize,
) -> c_int {
    unsafe { call(c, |_| pack(state(saved)?, places(room, size)?)) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fmi3DeserializeFMUState(
    c: Instance,
    bytes: *const u8,
    size: usize,
    at: *mut *mut c_void,
) -> c_int {
    unsafe { call(c, |_| unpack(values(bytes, size)?, at)) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fmi3GetNumberOfVariableDependencies(
    c: Instance,
    _vr: u32,
    out: *mut usize,
) -> c_int {
    unsafe {
        call(c, |_| {
            // An output of now depends on no input of now: inputs act in the step that follows.
            put(out, 0);
            Ok(Status::Ok)
        })
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fmi3GetVariableDependencies(
    c: Instance,
    _vr: u32,
    _of: *mut usize,
    _independents: *mut u32,
    _elements: *mut usize,
    _kinds: *mut c_int,
    n: usize,
) -> c_int {
    unsafe { call(c, |_| none_of(n, "dependent")) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fmi3DoStep(
    c: Instance,
    from_s: f64,
    length_s: f64,
    _no_way_back: bool,
    event_needed: *mut bool,
    terminate: *mut bool,
    early: *mut bool,
    last_time: *mut f64,
) -> c_int {
    unsafe {
        call(c, |i| {
            put(event_needed, false);
            put(early, false);
            put(terminate, i.is_over());
            put(last_time, i.now_s());
            i.step(from_s, length_s)?;
            put(terminate, i.is_over());
            put(last_time, i.now_s());
            // A step beyond the end was done up to the end.
            if i.now_s() >= from_s + length_s - 1e-6 {
                return Ok(Status::Ok);
            }
            put(early, i.early_return);
            Ok(if i.early_return { Status::Ok } else { Status::Discard })
        })
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fmi3UpdateDiscreteStates(
    c: Instance,
    need_update: *mut bool,
    terminate: *mut bool,
    nominals_changed: *mut bool,
    values_changed: *mut bool,
    next_event_defined: *mut bool,
    next_event_time: *mut f64,
) -> c_int {
    unsafe {
        call(c, |_| {
            for flag in
                [need_update, terminate, nominals_changed, values_changed, next_event_defined]
            {
                put(flag, false);
            }
            put(next_event_time, 0.0);
            Err(not_there(NO_EVENTS))
        })
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fmi3CompletedIntegratorStep(
    c: Instance,
    _no_way_back: bool,
    enter_event_mode: *mut bool,
    terminate: *mut bool,
) -> c_int {
    unsafe {
        call(c, |_| {
            put(enter_event_mode, false);
            put(terminate, false);
            Err(not_there(NOT_CO_SIMULATION))
        })
    }
}

/// A count that is zero.
macro_rules! nothing_to_count {
    ($($name:ident),*) => { $(
        #[unsafe(no_mangle)]
        unsafe extern "C" fn $name(c: Instance, out: *mut usize) -> c_int {
            unsafe {
                call(c, |_| {
                    put(out, 0);
                    Ok(Status::Ok)
                })
            }
        }
    )* };
}

nothing_to_count!(fmi3GetNumberOfEventIndicators, fmi3GetNumberOfContinuousStates);

/// Values of types that no variable has.
macro_rules! no_variables {
    ($($kind:literal: $type:ty, $get:ident, $set:ident;)*) => { $(
        #[unsafe(no_mangle)]
        unsafe extern "C" fn $get(
            c: Instance,
            _vr: Numbers,
            n: usize,
            _out: *mut $type,
            _count: usize,
        ) -> c_int {
            unsafe { call(c, |_| none_of(n, $kind)) }
        }

        #[unsafe(no_mangle)]
        unsafe extern "C" fn $set(
            c: Instance,
            _vr: Numbers,
            n: usize,
            _given: *const $type,
            _count: usize,
        ) -> c_int {
            unsafe { call(c, |_| none_of(n, $kind)) }
        }
    )* };
}

no_variables! {
    "Float32": f32, fmi3GetFloat32, fmi3SetFloat32;
    "Int8": i8, fmi3GetInt8, fmi3SetInt8;
    "UInt8": u8, fmi3GetUInt8, fmi3SetUInt8;
    "Int16": i16, fmi3GetInt16, fmi3SetInt16;
    "UInt16": u16, fmi3GetUInt16, fmi3SetUInt16;
    "Int32": i32, fmi3GetInt32, fmi3SetInt32;
    "UInt32": u32, fmi3GetUInt32, fmi3SetUInt32;
    "UInt64": u64, fmi3GetUInt64, fmi3SetUInt64;
    "Boolean": bool, fmi3GetBoolean, fmi3SetBoolean;
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fmi3GetBinary(
    c: Instance,
    _vr: Numbers,
    n: usize,
    _sizes: *mut usize,
    _out: *mut *const u8,
    _count: usize,
) -> c_int {
    unsafe { call(c, |_| none_of(n, "Binary")) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fmi3SetBinary(
    c: Instance,
    _vr: Numbers,
    n: usize,
    _sizes: *const usize,
    _given: *const *const u8,
    _count: usize,
) -> c_int {
    unsafe { call(c, |_| none_of(n, "Binary")) }
}

/// What only model exchange has.
const NOT_CO_SIMULATION: &str = "a function of model exchange was called";
/// What only units with events have.
const NO_EVENTS: &str = "an event was to be handled";
/// What only units with clocks have.
const NO_CLOCKS: &str = "a clock was asked for";
/// What only units with arrays of a size of choice have.
const NO_CONFIGURATION: &str = "the configuration was to be changed";
/// What only units with derivatives have.
const NO_DERIVATIVES: &str = "derivatives were asked for";
/// What only scheduled execution has.
const NOT_SCHEDULED: &str = "a partition was to be activated";

/// Functions that the description does not offer.
macro_rules! not_offered {
    ($($why:ident: $name:ident($($arg:ty),*);)*) => { $(
        #[unsafe(no_mangle)]
        unsafe extern "C" fn $name(c: Instance, $(_: $arg),*) -> c_int {
            unsafe { call(c, |_| Err(not_there($why))) }
        }
    )* };
}

type Reals = *const f64;

not_offered! {
    NO_EVENTS: fmi3EnterEventMode();
    NO_EVENTS: fmi3EnterStepMode();
    NO_EVENTS: fmi3EvaluateDiscreteStates();
    NO_CONFIGURATION: fmi3EnterConfigurationMode();
    NO_CONFIGURATION: fmi3ExitConfigurationMode();
    NO_CLOCKS: fmi3GetClock(Numbers, usize, *mut bool);
    NO_CLOCKS: fmi3SetClock(Numbers, usize, *const bool);
    NO_CLOCKS: fmi3GetIntervalDecimal(Numbers, usize, *mut f64, *mut c_int);
    NO_CLOCKS: fmi3GetIntervalFraction(Numbers, usize, *mut u64, *mut u64, *mut c_int);
    NO_CLOCKS: fmi3GetShiftDecimal(Numbers, usize, *mut f64);
    NO_CLOCKS: fmi3GetShiftFraction(Numbers, usize, *mut u64, *mut u64);
    NO_CLOCKS: fmi3SetIntervalDecimal(Numbers, usize, Reals);
    NO_CLOCKS: fmi3SetIntervalFraction(Numbers, usize, *const u64, *const u64);
    NO_CLOCKS: fmi3SetShiftDecimal(Numbers, usize, Reals);
    NO_CLOCKS: fmi3SetShiftFraction(Numbers, usize, *const u64, *const u64);
    NO_DERIVATIVES: fmi3GetDirectionalDerivative(
        Numbers, usize, Numbers, usize, Reals, usize, *mut f64, usize
    );
    NO_DERIVATIVES: fmi3GetAdjointDerivative(
        Numbers, usize, Numbers, usize, Reals, usize, *mut f64, usize
    );
    NO_DERIVATIVES: fmi3GetOutputDerivatives(Numbers, usize, *const i32, *mut f64, usize);
    NOT_CO_SIMULATION: fmi3EnterContinuousTimeMode();
    NOT_CO_SIMULATION: fmi3SetTime(f64);
    NOT_CO_SIMULATION: fmi3SetContinuousStates(Reals, usize);
    NOT_CO_SIMULATION: fmi3GetContinuousStateDerivatives(*mut f64, usize);
    NOT_CO_SIMULATION: fmi3GetEventIndicators(*mut f64, usize);
    NOT_CO_SIMULATION: fmi3GetContinuousStates(*mut f64, usize);
    NOT_CO_SIMULATION: fmi3GetNominalsOfContinuousStates(*mut f64, usize);
    NOT_SCHEDULED: fmi3ActivateModelPartition(u32, f64);
}
