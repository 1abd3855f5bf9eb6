package dev.lectern.teacher.ledger;

import dev.lectern.schemas.serde.SchemaRegistryException;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.streams.errors.DeserializationExceptionHandler;
import org.apache.kafka.streams.errors.ErrorHandlerContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Passes over records that do not decode: counts each, and logs it with its coordinates. A schema
 * registry that is away ends the topology: what cannot be read now is read later.
 */
public final class CountedRecords implements DeserializationExceptionHandler {
  /** Key of the counter, an {@link AtomicLong}, among the settings of the topology. */
  static final String COUNTER = "lectern.passed.over";

  private static final Logger LOG = LoggerFactory.getLogger(CountedRecords.class);

  private AtomicLong counter = new AtomicLong();

  @Override
  public Response handleError(
      ErrorHandlerContext context, ConsumerRecord<byte[], byte[]> record, Exception failure) {
    if (failure instanceof SchemaRegistryException) {
      return Response.fail();
    }
    counter.incrementAndGet();
    LOG.warn(
        "record passed over: {}-{}@{}: {}",
        record.topic(),
        record.partition(),
        record.offset(),
        failure.getMessage());
    return Response.resume();
  }

  @Override
  public void configure(Map<String, ?> settings) {
    if (settings.get(COUNTER) instanceof AtomicLong shared) {
      counter = shared;
    }
  }
}
