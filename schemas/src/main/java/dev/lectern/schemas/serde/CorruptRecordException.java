package dev.lectern.schemas.serde;

import org.apache.kafka.common.errors.SerializationException;

/**
 * Bytes that are not a record of any released schema: report the coordinates and go on, or stop.
 */
public final class CorruptRecordException extends SerializationException {
  private static final long serialVersionUID = 1L;

  public CorruptRecordException(String message, Throwable cause) {
    super(message, cause);
  }

  public CorruptRecordException(String message) {
    super(message);
  }
}
