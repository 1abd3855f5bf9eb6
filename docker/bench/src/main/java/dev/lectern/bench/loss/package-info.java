/** What each distillation method costs a training step: time, memory, bytes of the recording. */
package dev.lectern.bench.loss;
