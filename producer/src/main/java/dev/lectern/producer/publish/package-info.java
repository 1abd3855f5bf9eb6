/** Writing the views of a dataset to Kafka: once each, resumable, and sealed by a manifest. */
package dev.lectern.producer.publish;
