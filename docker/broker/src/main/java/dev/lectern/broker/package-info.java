/**
 * A single-node Kafka in KRaft mode, in this process, for development, demonstrations and tests.
 */
package dev.lectern.broker;
