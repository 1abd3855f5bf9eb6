/**
 * The ledger: a Kafka Streams application that joins catalog, receipts and dead letters of one
 * recording into its index, counts them and seals the recording. It never reads a payload.
 */
package dev.lectern.teacher.ledger;
