/**
 * Benchmarks on real parts: the recording pipeline and reading its log with an embedded broker, the
 * tensor container and the replay store on given tensors, a run's waiting for data.
 */
package dev.lectern.bench;
