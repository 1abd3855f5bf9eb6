/**
 * Benchmarks on real parts: the pipeline with an embedded broker, a real worker and real tensor
 * sizes; the tensor container on given tensors.
 */
package dev.lectern.bench;
