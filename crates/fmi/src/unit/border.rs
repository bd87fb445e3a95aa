//! The border to C: pointers become slices and texts, complaints a status and a message, and no
//! panic passes.

use super::instance::{Complaint, Instance, Status};
use super::log::Level;
use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What a call returns where there is no instance.
const NO_INSTANCE: c_int = Status::Error as c_int;

/// Does something with an instance; what goes wrong is told to the master.
///
/// # Safety
/// `instance` is null or came from [`hand_out`] and was not freed.
pub unsafe fn call(
    instance: *mut c_void,
    act: impl FnOnce(&mut Instance) -> Result<Status, Complaint>,
) -> c_int {
    // SAFETY: as the caller promises.
    let Some(instance) = (unsafe { instance.cast::<Instance>().as_mut() }) else {
        return NO_INSTANCE;
    };
    match catch_unwind(AssertUnwindSafe(|| act(instance))) {
        Ok(Ok(status)) => status as c_int,
        Ok(Err(Complaint { status, text })) => {
            let level = match status {
                Status::Fatal => Level::Fatal,
                Status::Discard | Status::Warning => Level::Warning,
                _ => Level::Error,
            };
            instance.log.say(level, &text);
            status as c_int
        }
        Err(_) => {
            instance.log.say(Level::Fatal, "a fault of gridflock; please report it");
            Status::Fatal as c_int
        }
    }
}

/// An instance as the master holds it; null if there is none.
pub fn hand_out(made: impl FnOnce() -> Option<Instance>) -> *mut c_void {
    let made = catch_unwind(AssertUnwindSafe(made)).ok().flatten();
    made.map_or(std::ptr::null_mut(), |instance| Box::into_raw(Box::new(instance)).cast())
}

/// Takes an instance back.
///
/// # Safety
/// As for [`call`]; it is not used again.
pub unsafe fn take_back(instance: *mut c_void) {
    if !instance.is_null() {
        // SAFETY: as the caller promises.
        let instance = unsafe { Box::from_raw(instance.cast::<Instance>()) };
        let _ = catch_unwind(AssertUnwindSafe(|| drop(instance)));
    }
}

/// `n` values at a pointer.
///
/// # Safety
/// There are `n` values, or the pointer is null.
pub unsafe fn values<'a, T>(at: *const T, n: usize) -> Result<&'a [T], Complaint> {
    match (at.is_null(), n) {
        (_, 0) => Ok(&[]),
        (true, _) => Err("a list is missing".into()),
        // SAFETY: as the caller promises.
        (false, n) => Ok(unsafe { std::slice::from_raw_parts(at, n) }),
    }
}

/// `n` places at a pointer.
///
/// # Safety
/// There are `n` places that nobody else uses, or the pointer is null.
pub unsafe fn places<'a, T>(at: *mut T, n: usize) -> Result<&'a mut [T], Complaint> {
    match (at.is_null(), n) {
        (_, 0) => Ok(&mut []),
        (true, _) => Err("a list is missing".into()),
        // SAFETY: as the caller promises.
        (false, n) => Ok(unsafe { std::slice::from_raw_parts_mut(at, n) }),
    }
}

/// A text.
///
/// # Safety
/// It ends with a zero, or the pointer is null.
pub unsafe fn text(at: *const c_char) -> Option<CString> {
    // SAFETY: as the caller promises.
    (!at.is_null()).then(|| unsafe { CStr::from_ptr(at) }.to_owned())
}

/// Writes where the master has room for it.
///
/// # Safety
/// The pointer is null or points to a place for a value.
pub unsafe fn put<T>(at: *mut T, value: T) {
    if !at.is_null() {
        // SAFETY: as the caller promises.
        unsafe { at.write(value) }
    }
}

/// A call that this unit cannot do.
pub fn not_there(what: &str) -> Complaint {
    format!("{what}, which the description of the unit does not offer").into()
}

/// A list of variables that must be empty.
pub fn none_of(count: usize, kind: &str) -> Result<Status, Complaint> {
    if count == 0 {
        Ok(Status::Ok)
    } else {
        Err(format!("the unit has no {kind} variables").into())
    }
}

/// States are bytes on the heap, their length with them.
pub type State = Vec<u8>;

/// Saves an instance; the state goes to where `at` points, in the place of the one there.
///
/// # Safety
/// `at` points to null or a state of this unit.
pub unsafe fn save(instance: &mut Instance, at: *mut *mut c_void) -> Result<Status, Complaint> {
    // SAFETY: as the caller promises.
    let at = unsafe { at.as_mut() }.ok_or("there is no place for the state")?;
    let saved = instance.save()?;
    // SAFETY: as the caller promises.
    match unsafe { at.cast::<State>().as_mut() } {
        Some(old) => *old = saved,
        None => *at = Box::into_raw(Box::new(saved)).cast(),
    }
    Ok(Status::Ok)
}

/// The bytes of a state.
///
/// # Safety
/// `state` is null or a state of this unit.
pub unsafe fn state<'a>(state: *mut c_void) -> Result<&'a State, Complaint> {
    // SAFETY: as the caller promises.
    unsafe { state.cast::<State>().as_ref() }.ok_or_else(|| "there is no state".into())
}

/// Frees a state.
///
/// # Safety
/// As for [`save`].
pub unsafe fn free(at: *mut *mut c_void) -> Result<Status, Complaint> {
    // SAFETY: as the caller promises.
    if let Some(at) = unsafe { at.as_mut() }
        && !at.is_null()
    {
        // SAFETY: as the caller promises.
        drop(unsafe { Box::from_raw(at.cast::<State>()) });
        *at = std::ptr::null_mut();
    }
    Ok(Status::Ok)
}

/// A state from bytes that the master kept.
///
/// # Safety
/// As for [`save`]; there are `bytes.len()` bytes.
pub unsafe fn unpack(bytes: &[u8], at: *mut *mut c_void) -> Result<Status, Complaint> {
    // SAFETY: as the caller promises.
    let at = unsafe { at.as_mut() }.ok_or("there is no place for the state")?;
    *at = Box::into_raw(Box::new(bytes.to_vec())).cast();
    Ok(Status::Ok)
}

/// Puts the bytes of a state where the master keeps them.
pub fn pack(state: &State, room: &mut [u8]) -> Result<Status, Complaint> {
    if room.len() < state.len() {
        return Err(format!(
            "the state has {} bytes, there is room for {}",
            state.len(),
            room.len()
        )
        .into());
    }
    room[..state.len()].copy_from_slice(state);
    Ok(Status::Ok)
}
