//! The C functions of libhelics that are used, as its header `helics_api.h` (3.x) declares them.

use libloading::Library;
use std::ffi::{c_char, c_double, c_int, c_void};

/// An object of the library.
pub type Object = *mut c_void;
/// A text of the library or for it, ended by 0.
pub type Text = *const c_char;

/// `HelicsError`: a code, and a message that the library owns.
#[repr(C)]
pub struct RawError {
    pub code: i32,
    pub message: Text,
}

/// Where a call puts its error.
pub type ErrorOut = *mut RawError;

/// Flags, properties and types, from `helics_enums.h`.
pub mod constant {
    use std::ffi::c_int;

    pub const FLAG_UNINTERRUPTIBLE: c_int = 1;
    pub const FLAG_TERMINATE_ON_ERROR: c_int = 72;
    pub const PROPERTY_INT_LOG_LEVEL: c_int = 271;
    pub const LOG_LEVEL_NO_PRINT: c_int = -4;
    pub const HANDLE_OPTION_CONNECTION_OPTIONAL: c_int = 402;
    pub const DATA_TYPE_DOUBLE: c_int = 1;
    /// What an input says where nothing was published yet.
    pub const INVALID_DOUBLE: f64 = -1e49;
}

macro_rules! functions {
    ($($field:ident = $symbol:literal: ($($argument:ty),*) $(-> $result:ty)?;)*) => {
        /// The functions; the library they belong to is never closed.
        pub struct Api {
            $(pub $field: unsafe extern "C" fn($($argument),*) $(-> $result)?,)*
        }

        impl Api {
            /// Looks all of them up.
            ///
            /// # Safety
            /// `library` must be libhelics 3 and must never be closed.
            pub unsafe fn of(library: &Library) -> Result<Self, libloading::Error> {
                // SAFETY: the signatures are those of the library's header, as the caller promises.
                unsafe { Ok(Self { $($field: *library.get($symbol.as_bytes())?,)* }) }
            }
        }
    };
}

functions! {
    version = "helicsGetVersion": () -> Text;
    close_library = "helicsCloseLibrary": ();

    create_broker = "helicsCreateBroker": (Text, Text, Text, ErrorOut) -> Object;
    broker_address = "helicsBrokerGetAddress": (Object) -> Text;
    broker_connected = "helicsBrokerIsConnected": (Object) -> c_int;
    broker_disconnect = "helicsBrokerDisconnect": (Object, ErrorOut);
    broker_free = "helicsBrokerFree": (Object);

    create_info = "helicsCreateFederateInfo": () -> Object;
    info_core_type = "helicsFederateInfoSetCoreTypeFromString": (Object, Text, ErrorOut);
    info_core_name = "helicsFederateInfoSetCoreName": (Object, Text, ErrorOut);
    info_core_init = "helicsFederateInfoSetCoreInitString": (Object, Text, ErrorOut);
    info_flag = "helicsFederateInfoSetFlagOption": (Object, c_int, c_int, ErrorOut);
    info_integer = "helicsFederateInfoSetIntegerProperty": (Object, c_int, c_int, ErrorOut);
    info_free = "helicsFederateInfoFree": (Object);

    create_federate = "helicsCreateCombinationFederate": (Text, Object, ErrorOut) -> Object;
    federate_core = "helicsFederateGetCore": (Object, ErrorOut) -> Object;
    global_error = "helicsCoreGlobalError": (Object, c_int, Text, ErrorOut);
    disconnect_async = "helicsFederateDisconnectAsync": (Object, ErrorOut);
    disconnect_complete = "helicsFederateDisconnectComplete": (Object, ErrorOut);
    initializing_async = "helicsFederateEnterInitializingModeAsync": (Object, ErrorOut);
    initializing_complete = "helicsFederateEnterInitializingModeComplete": (Object, ErrorOut);
    executing_async = "helicsFederateEnterExecutingModeAsync": (Object, ErrorOut);
    executing_complete = "helicsFederateEnterExecutingModeComplete": (Object, ErrorOut);
    time_async = "helicsFederateRequestTimeAsync": (Object, c_double, ErrorOut);
    time_complete = "helicsFederateRequestTimeComplete": (Object, ErrorOut) -> c_double;
    is_complete = "helicsFederateIsAsyncOperationCompleted": (Object, ErrorOut) -> c_int;

    create_query = "helicsCreateQuery": (Text, Text) -> Object;
    query_core = "helicsQueryCoreExecute": (Object, Object, ErrorOut) -> Text;
    query_free = "helicsQueryFree": (Object);

    publication = "helicsFederateRegisterGlobalPublication": (Object, Text, c_int, Text, ErrorOut) -> Object;
    publish_double = "helicsPublicationPublishDouble": (Object, c_double, ErrorOut);
    subscription = "helicsFederateRegisterSubscription": (Object, Text, Text, ErrorOut) -> Object;
    input_option = "helicsInputSetOption": (Object, c_int, c_int, ErrorOut);
    input_default = "helicsInputSetDefaultDouble": (Object, c_double, ErrorOut);
    send_command = "helicsFederateSendCommand": (Object, Text, Text, ErrorOut);
    get_command = "helicsFederateGetCommand": (Object, ErrorOut) -> Text;
    depend_on = "helicsFederateAddDependency": (Object, Text, ErrorOut);
    input_type = "helicsInputGetPublicationType": (Object) -> Text;
    input_updated = "helicsInputIsUpdated": (Object) -> c_int;
    input_double = "helicsInputGetDouble": (Object, ErrorOut) -> c_double;
    endpoint = "helicsFederateRegisterGlobalEndpoint": (Object, Text, Text, ErrorOut) -> Object;
    send_bytes = "helicsEndpointSendBytesTo": (Object, *const c_void, c_int, Text, ErrorOut);
    has_message = "helicsEndpointHasMessage": (Object) -> c_int;
    next_message = "helicsEndpointGetMessage": (Object) -> Object;
    message_source = "helicsMessageGetOriginalSource": (Object) -> Text;
    message_time = "helicsMessageGetTime": (Object) -> c_double;
    message_count = "helicsMessageGetByteCount": (Object) -> c_int;
    message_bytes = "helicsMessageGetBytesPointer": (Object) -> *const c_void;
    message_free = "helicsMessageFree": (Object);
}
