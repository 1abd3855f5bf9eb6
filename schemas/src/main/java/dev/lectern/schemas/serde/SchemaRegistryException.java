package dev.lectern.schemas.serde;

import org.apache.kafka.common.KafkaException;

/** A schema registry that does not answer, or refuses a schema; no record is to blame. */
public final class SchemaRegistryException extends KafkaException {
  private static final long serialVersionUID = 1L;

  public SchemaRegistryException(String message) {
    super(message);
  }

  public SchemaRegistryException(String message, Throwable cause) {
    super(message, cause);
  }
}
