/**
 * Avro records to bytes and back: single-object encoding with the bundled schema history, bounded
 * on reading; and the digest that they carry.
 */
package dev.lectern.schemas.serde;
