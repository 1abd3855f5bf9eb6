/**
 * Watching: what datasets, recordings, workers and runs do, from what they leave on Kafka, and
 * advice on what holds them up. No payload is read.
 */
package dev.lectern.watch;
