/**
 * Benchmarks of the pipeline on real parts: an embedded broker, a real worker, real tensor sizes.
 */
package dev.lectern.bench;
