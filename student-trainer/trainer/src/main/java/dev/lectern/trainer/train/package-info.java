/**
 * Training a student from a replay: the step loop, optimisers, schedules, checkpoints, and what
 * listens to them.
 */
package dev.lectern.trainer.train;
