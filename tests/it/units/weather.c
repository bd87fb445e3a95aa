/* A small unit for tests, FMI 2.0 and 3.0 in one library: air temperature T that rises by one degree
   an hour from -30 degrees C on (in K with -DKELVIN), and a load P of 50 kW that doubles at noon
   (discrete). With -DFAULT=N something is wrong: 1 no instance, 2 a step fails at 10 h, 3 T is no
   number at 10 h. */
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <stdbool.h>

#ifndef FAULT
#define FAULT 0
#endif
#ifdef KELVIN
#define ZERO 273.15
#else
#define ZERO 0.0
#endif

typedef struct { double t; void (*log2)(void *, const char *, int, const char *, const char *, ...); } Unit;
typedef struct { void (*log)(void *, const char *, int, const char *, const char *, ...); void *rest[3]; void *env; } Callbacks;

static double value(const Unit *u, uint32_t number) {
    if (number == 1) {
        return FAULT == 3 && u->t >= 36000 ? NAN : ZERO - 30 + u->t / 3600;
    }
    return u->t < 43200 ? 50 : 100;
}

static int step(Unit *u, double from, double length) {
    if (from != u->t || (FAULT == 2 && from >= 36000)) return 3;
    u->t = from + length;
    return 0;
}

/* FMI 2.0 */
const char *fmi2GetTypesPlatform(void) { return "default"; }
const char *fmi2GetVersion(void) { return "2.0"; }
void *fmi2Instantiate(const char *name, int kind, const char *guid, const char *place, const Callbacks *c, int visible, int logging) {
    if (FAULT == 1) {
        c->log(c->env, name, 3, "logStatusError", "no licence for %s", "today");
        return NULL;
    }
    return calloc(1, sizeof(Unit));
}
void fmi2FreeInstance(void *u) { free(u); }
int fmi2SetupExperiment(void *u, int td, double tol, double start, int sd, double stop) { return start == 0 ? 0 : 3; }
int fmi2EnterInitializationMode(void *u) { return 0; }
int fmi2ExitInitializationMode(void *u) { return 0; }
int fmi2Terminate(void *u) { return 0; }
int fmi2GetReal(void *u, const uint32_t *vr, size_t n, double *out) {
    for (size_t i = 0; i < n; i++) out[i] = value(u, vr[i]);
    return 0;
}
int fmi2DoStep(void *u, double from, double length, int n) { return step(u, from, length); }

/* FMI 3.0 */
const char *fmi3GetVersion(void) { return "3.0"; }
void *fmi3InstantiateCoSimulation(const char *name, const char *token, const char *place, bool visible, bool logging, bool events, bool early,
    const uint32_t *vr, size_t n, void *env, void (*log)(void *, int, const char *, const char *), void *update) {
    if (FAULT == 1) {
        log(env, 3, "logStatusError", "no licence for today");
        return NULL;
    }
    return calloc(1, sizeof(Unit));
}
void fmi3FreeInstance(void *u) { free(u); }
int fmi3EnterInitializationMode(void *u, bool td, double tol, double start, bool sd, double stop) { return start == 0 ? 0 : 3; }
int fmi3ExitInitializationMode(void *u) { return 0; }
int fmi3Terminate(void *u) { return 0; }
int fmi3GetFloat64(void *u, const uint32_t *vr, size_t n, double *out, size_t m) {
    for (size_t i = 0; i < n; i++) out[i] = value(u, vr[i]);
    return 0;
}
int fmi3DoStep(void *u, double from, double length, bool n, bool *event, bool *end, bool *early, double *last) {
    *event = *end = *early = false;
    *last = from + length;
    return step(u, from, length);
}

/* What both standards want to be there, and nobody calls. */
#define NOT(name) int name(void) { return 3; }
NOT(fmi2SetDebugLogging) NOT(fmi2Reset) NOT(fmi2GetInteger) NOT(fmi2GetBoolean) NOT(fmi2GetString)
NOT(fmi2SetReal) NOT(fmi2SetInteger) NOT(fmi2SetBoolean) NOT(fmi2SetString) NOT(fmi2GetFMUstate)
NOT(fmi2SetFMUstate) NOT(fmi2FreeFMUstate) NOT(fmi2SerializedFMUstateSize) NOT(fmi2SerializeFMUstate)
NOT(fmi2DeSerializeFMUstate) NOT(fmi2GetDirectionalDerivative) NOT(fmi2SetRealInputDerivatives)
NOT(fmi2GetRealOutputDerivatives) NOT(fmi2CancelStep) NOT(fmi2GetStatus) NOT(fmi2GetRealStatus)
NOT(fmi2GetIntegerStatus) NOT(fmi2GetBooleanStatus) NOT(fmi2GetStringStatus)
NOT(fmi3SetDebugLogging) NOT(fmi3InstantiateModelExchange) NOT(fmi3InstantiateScheduledExecution)
NOT(fmi3EnterEventMode) NOT(fmi3Reset) NOT(fmi3GetFloat32) NOT(fmi3GetInt8) NOT(fmi3GetUInt8)
NOT(fmi3GetInt16) NOT(fmi3GetUInt16) NOT(fmi3GetInt32) NOT(fmi3GetUInt32) NOT(fmi3GetInt64)
NOT(fmi3GetUInt64) NOT(fmi3GetBoolean) NOT(fmi3GetString) NOT(fmi3GetBinary) NOT(fmi3GetClock)
NOT(fmi3SetFloat32) NOT(fmi3SetFloat64) NOT(fmi3SetInt8) NOT(fmi3SetUInt8) NOT(fmi3SetInt16)
NOT(fmi3SetUInt16) NOT(fmi3SetInt32) NOT(fmi3SetUInt32) NOT(fmi3SetInt64) NOT(fmi3SetUInt64)
NOT(fmi3SetBoolean) NOT(fmi3SetString) NOT(fmi3SetBinary) NOT(fmi3SetClock)
NOT(fmi3GetNumberOfVariableDependencies) NOT(fmi3GetVariableDependencies) NOT(fmi3GetFMUState)
NOT(fmi3SetFMUState) NOT(fmi3FreeFMUState) NOT(fmi3SerializedFMUStateSize) NOT(fmi3SerializeFMUState)
NOT(fmi3DeserializeFMUState) NOT(fmi3GetDirectionalDerivative) NOT(fmi3GetAdjointDerivative)
NOT(fmi3EnterConfigurationMode) NOT(fmi3ExitConfigurationMode) NOT(fmi3GetIntervalDecimal)
NOT(fmi3GetIntervalFraction) NOT(fmi3GetShiftDecimal) NOT(fmi3GetShiftFraction) NOT(fmi3SetIntervalDecimal)
NOT(fmi3SetIntervalFraction) NOT(fmi3SetShiftDecimal) NOT(fmi3SetShiftFraction) NOT(fmi3EvaluateDiscreteStates)
NOT(fmi3UpdateDiscreteStates) NOT(fmi3EnterContinuousTimeMode) NOT(fmi3CompletedIntegratorStep)
NOT(fmi3SetTime) NOT(fmi3SetContinuousStates) NOT(fmi3GetContinuousStateDerivatives)
NOT(fmi3GetEventIndicators) NOT(fmi3GetContinuousStates) NOT(fmi3GetNominalsOfContinuousStates)
NOT(fmi3GetNumberOfEventIndicators) NOT(fmi3GetNumberOfContinuousStates) NOT(fmi3EnterStepMode)
NOT(fmi3GetOutputDerivatives) NOT(fmi3ActivateModelPartition)
