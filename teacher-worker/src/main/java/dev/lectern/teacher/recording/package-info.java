/**
 * The teacher worker: takes views from the fleet's queue and records the teacher's outputs for
 * them.
 *
 * <p>Delivery guarantee: at least once. A view is accepted from the queue only after the broker has
 * acknowledged its payloads and then its receipt (or its dead letter), so a worker that dies at any
 * moment leaves at most payloads that no receipt points at, and the view goes to another worker.
 */
package dev.lectern.teacher.recording;
