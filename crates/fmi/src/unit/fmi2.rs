//! The functions of FMI 2.0 (Functional Mock-up Interface, version 2.0.4, sections 2.1, 3.2 and
//! 4.2), under its own names.
//!
//! # Safety
//! As the standard says: pointers are valid, an instance is used by one thread at a time.

use super::border::{
    call, free, hand_out, none_of, not_there, pack, places, put, save, state, take_back, text,
    unpack, values,
};
use super::instance::{Complaint, Instance, Status};
use super::log::{Listener, Log, Logger2};
use std::ffi::{CString, c_char, c_int, c_uint, c_void};

type Component = *mut c_void;
type Numbers = *const c_uint;

/// What a master offers: of these, messages are used.
#[repr(C)]
pub struct Callbacks {
    logger: Option<Logger2>,
    allocate: *const c_void,
    free: *const c_void,
    step_finished: *const c_void,
    environment: *mut c_void,
}

/// What happens at an event: nothing here.
#[repr(C)]
pub struct EventInfo {
    flags: [c_int; 5],
    next_event_time: f64,
}

const CO_SIMULATION: c_int = 1;
const LAST_SUCCESSFUL_TIME: c_int = 2;
const TERMINATED: c_int = 3;

#[unsafe(no_mangle)]
extern "C" fn fmi2GetTypesPlatform() -> *const c_char {
    c"default".as_ptr()
}

#[unsafe(no_mangle)]
extern "C" fn fmi2GetVersion() -> *const c_char {
    c"2.0".as_ptr()
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fmi2SetDebugLogging(
    c: Component,
    on: c_int,
    _count: usize,
    _categories: *const *const c_char,
) -> c_int {
    unsafe {
        call(c, |i| {
            i.log.everything = on != 0;
            Ok(Status::Ok)
        })
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fmi2Instantiate(
    name: *const c_char,
    kind: c_int,
    token: *const c_char,
    resources: *const c_char,
    callbacks: *const Callbacks,
    _visible: c_int,
    logging: c_int,
) -> Component {
    let (name, token, resources) = unsafe { (text(name), text(token), text(resources)) };
    let callbacks = unsafe { callbacks.as_ref() };
    hand_out(|| {
        let log = Log {
            listener: callbacks.and_then(|c| c.logger).map_or(Listener::None, Listener::Two),
            environment: callbacks.map_or(std::ptr::null_mut(), |c| c.environment),
            name: name.unwrap_or_default(),
            everything: logging != 0,
        };
        super::make(log, kind == CO_SIMULATION, token, resources)
    })
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fmi2FreeInstance(c: Component) {
    unsafe { take_back(c) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fmi2SetupExperiment(
    c: Component,
    _tolerance_defined: c_int,
    _tolerance: f64,
    from_s: f64,
    stop_defined: c_int,
    stop_s: f64,
) -> c_int {
    let to_s = if stop_defined == 0 { -1.0 } else { stop_s };
    unsafe { call(c, |i| i.set_times(from_s, to_s).map(|()| Status::Ok)) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fmi2EnterInitializationMode(c: Component) -> c_int {
    unsafe { call(c, |i| i.enter_initialisation().map(|()| Status::Ok)) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fmi2ExitInitializationMode(c: Component) -> c_int {
    unsafe { call(c, |i| i.exit_initialisation().map(|()| Status::Ok)) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fmi2Terminate(c: Component) -> c_int {
    unsafe { call(c, |i| i.terminate().map(|()| Status::Ok)) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fmi2Reset(c: Component) -> c_int {
    unsafe { call(c, |i| i.reset().map(|()| Status::Ok)) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fmi2GetReal(c: Component, vr: Numbers, n: usize, out: *mut f64) -> c_int {
    unsafe { call(c, |i| i.reals(values(vr, n)?, places(out, n)?).map(|()| Status::Ok)) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fmi2GetInteger(c: Component, vr: Numbers, n: usize, out: *mut c_int) -> c_int {
    unsafe {
        call(c, |i| {
            for (vr, out) in values(vr, n)?.iter().zip(places(out, n)?) {
                *out = i.number(*vr)? as c_int;
            }
            Ok(Status::Ok)
        })
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fmi2GetBoolean(
    c: Component,
    _vr: Numbers,
    n: usize,
    _out: *mut c_int,
) -> c_int {
    unsafe { call(c, |_| none_of(n, "Boolean")) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fmi2GetString(
    c: Component,
    vr: Numbers,
    n: usize,
    out: *mut *const c_char,
) -> c_int {
    unsafe {
        call(c, |i| {
            for (vr, out) in values(vr, n)?.iter().zip(places(out, n)?) {
                *out = i.text(*vr)?;
            }
            Ok(Status::Ok)
        })
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fmi2SetReal(c: Component, vr: Numbers, n: usize, given: *const f64) -> c_int {
    unsafe { call(c, |i| i.set_reals(values(vr, n)?, values(given, n)?)) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fmi2SetInteger(
    c: Component,
    vr: Numbers,
    n: usize,
    given: *const c_int,
) -> c_int {
    unsafe {
        call(c, |i| {
            for (vr, value) in values(vr, n)?.iter().zip(values(given, n)?) {
                i.set_number(*vr, i64::from(*value))?;
            }
            Ok(Status::Ok)
        })
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fmi2SetBoolean(
    c: Component,
    _vr: Numbers,
    n: usize,
    _given: *const c_int,
) -> c_int {
    unsafe { call(c, |_| none_of(n, "Boolean")) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fmi2SetString(
    c: Component,
    vr: Numbers,
    n: usize,
    given: *const *const c_char,
) -> c_int {
    unsafe { call(c, |i| set_texts(i, values(vr, n)?, values(given, n)?)) }
}

/// Sets texts; null is the empty one.
pub unsafe fn set_texts(
    i: &mut Instance,
    numbers: &[u32],
    given: &[*const c_char],
) -> Result<Status, Complaint> {
    for (number, given) in numbers.iter().zip(given) {
        let given: CString = unsafe { text(*given) }.unwrap_or_default();
        i.set_text(*number, given)?;
    }
    Ok(Status::Ok)
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fmi2GetFMUstate(c: Component, at: *mut *mut c_void) -> c_int {
    unsafe { call(c, |i| save(i, at)) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fmi2SetFMUstate(c: Component, saved: *mut c_void) -> c_int {
    unsafe { call(c, |i| i.restore(state(saved)?).map(|()| Status::Ok)) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fmi2FreeFMUstate(c: Component, at: *mut *mut c_void) -> c_int {
    unsafe { call(c, |_| free(at)) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fmi2SerializedFMUstateSize(
    c: Component,
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
unsafe extern "C" fn fmi2SerializeFMUstate(
    c: Component,
    saved: *mut c_void,
    room: *mut u8,
    size: usize,
) -> c_int {
    unsafe { call(c, |_| pack(state(saved)?, places(room, size)?)) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fmi2DeSerializeFMUstate(
    c: Component,
    bytes: *const u8,
    size: usize,
    at: *mut *mut c_void,
) -> c_int {
    unsafe { call(c, |_| unpack(values(bytes, size)?, at)) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fmi2GetDirectionalDerivative(
    c: Component,
    _unknowns: Numbers,
    _unknown_count: usize,
    _knowns: Numbers,
    _known_count: usize,
    _seed: *const f64,
    _out: *mut f64,
) -> c_int {
    unsafe { call(c, |_| Err(not_there("a derivative was asked for"))) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fmi2SetRealInputDerivatives(
    c: Component,
    _vr: Numbers,
    _n: usize,
    _order: *const c_int,
    _given: *const f64,
) -> c_int {
    unsafe { call(c, |_| Err(not_there("derivatives of inputs were given"))) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fmi2GetRealOutputDerivatives(
    c: Component,
    _vr: Numbers,
    _n: usize,
    _order: *const c_int,
    _out: *mut f64,
) -> c_int {
    unsafe { call(c, |_| Err(not_there("derivatives of outputs were asked for"))) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fmi2DoStep(
    c: Component,
    from_s: f64,
    length_s: f64,
    _no_way_back: c_int,
) -> c_int {
    unsafe {
        call(c, |i| {
            i.step(from_s, length_s)?;
            // A step beyond the end was done up to the end: the master asks how far it came.
            let short = i.now_s() < from_s + length_s - 1e-6;
            Ok(if short { Status::Discard } else { Status::Ok })
        })
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fmi2CancelStep(c: Component) -> c_int {
    unsafe { call(c, |_| Err(not_there("a step was to be cancelled"))) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fmi2GetStatus(c: Component, _kind: c_int, _out: *mut c_int) -> c_int {
    unsafe { call(c, |_| Err(not_there("the status of a pending step was asked for"))) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fmi2GetRealStatus(c: Component, kind: c_int, out: *mut f64) -> c_int {
    unsafe {
        call(c, |i| {
            if kind != LAST_SUCCESSFUL_TIME {
                return Err(not_there("an unknown status was asked for"));
            }
            put(out, i.now_s());
            Ok(Status::Ok)
        })
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fmi2GetIntegerStatus(c: Component, _kind: c_int, _out: *mut c_int) -> c_int {
    unsafe { call(c, |_| Err(not_there("an unknown status was asked for"))) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fmi2GetBooleanStatus(c: Component, kind: c_int, out: *mut c_int) -> c_int {
    unsafe {
        call(c, |i| {
            if kind != TERMINATED {
                return Err(not_there("an unknown status was asked for"));
            }
            put(out, c_int::from(i.is_over()));
            Ok(Status::Ok)
        })
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fmi2GetStringStatus(
    c: Component,
    _kind: c_int,
    _out: *mut *const c_char,
) -> c_int {
    unsafe { call(c, |_| Err(not_there("an unknown status was asked for"))) }
}

/// What only model exchange has.
const NOT_CO_SIMULATION: &str = "a function of model exchange was called";

#[unsafe(no_mangle)]
unsafe extern "C" fn fmi2EnterEventMode(c: Component) -> c_int {
    unsafe { call(c, |_| Err(not_there(NOT_CO_SIMULATION))) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fmi2NewDiscreteStates(c: Component, info: *mut EventInfo) -> c_int {
    unsafe {
        call(c, |_| {
            put(info, EventInfo { flags: [0; 5], next_event_time: 0.0 });
            Err(not_there(NOT_CO_SIMULATION))
        })
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fmi2EnterContinuousTimeMode(c: Component) -> c_int {
    unsafe { call(c, |_| Err(not_there(NOT_CO_SIMULATION))) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fmi2CompletedIntegratorStep(
    c: Component,
    _no_way_back: c_int,
    _enter_event_mode: *mut c_int,
    _terminate: *mut c_int,
) -> c_int {
    unsafe { call(c, |_| Err(not_there(NOT_CO_SIMULATION))) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fmi2SetTime(c: Component, _time: f64) -> c_int {
    unsafe { call(c, |_| Err(not_there(NOT_CO_SIMULATION))) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fmi2SetContinuousStates(c: Component, _x: *const f64, n: usize) -> c_int {
    unsafe { call(c, |_| none_of(n, "continuous state")) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fmi2GetDerivatives(c: Component, _out: *mut f64, n: usize) -> c_int {
    unsafe { call(c, |_| none_of(n, "continuous state")) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fmi2GetEventIndicators(c: Component, _out: *mut f64, n: usize) -> c_int {
    unsafe { call(c, |_| none_of(n, "event indicator")) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fmi2GetContinuousStates(c: Component, _out: *mut f64, n: usize) -> c_int {
    unsafe { call(c, |_| none_of(n, "continuous state")) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fmi2GetNominalsOfContinuousStates(
    c: Component,
    _out: *mut f64,
    n: usize,
) -> c_int {
    unsafe { call(c, |_| none_of(n, "continuous state")) }
}
