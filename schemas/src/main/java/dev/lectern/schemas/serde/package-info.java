/**
 * Avro records to bytes and back: single-object encoding with the bundled schema history, bounded
 * on reading.
 */
package dev.lectern.schemas.serde;
