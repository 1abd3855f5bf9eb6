package dev.lectern.schemas.serde;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;

/**
 * Makes the serde of a topic whose values are of several kinds, each with a record of its own: told
 * apart by the schema fingerprint that every record carries.
 *
 * @param <T> what all kinds are
 */
final class KindsSerde<T> {
  private final List<Kind<T, ?>> kinds = new ArrayList<>();

  private record Kind<T, R extends SpecificRecord>(
      Fingerprints fingerprints,
      AvroSerde<R> serde,
      Function<T, R> unwrapped,
      Function<R, T> wrapped) {
    /** Null if the value is of another kind. */
    byte[] bytes(String topic, T value) {
      R found = unwrapped.apply(value);
      return found == null ? null : serde.serializer().serialize(topic, found);
    }

    T value(String topic, byte[] bytes) {
      return wrapped.apply(serde.deserializer().deserialize(topic, bytes));
    }
  }

  /**
   * Adds a kind.
   *
   * @param type of the values that hold such a record
   */
  <R extends SpecificRecord, K extends T> KindsSerde<T> with(
      Class<R> record, Class<K> type, Function<R, T> wrapped, Function<K, R> unwrapped) {
    return with(record, new AvroSerde<>(record), type, wrapped, unwrapped);
  }

  /** Adds a kind that is read and written in a way of its own. */
  <R extends SpecificRecord, K extends T> KindsSerde<T> with(
      Class<R> record,
      AvroSerde<R> serde,
      Class<K> type,
      Function<R, T> wrapped,
      Function<K, R> unwrapped) {
    kinds.add(
        new Kind<>(
            Fingerprints.of(record),
            serde,
            value -> type.isInstance(value) ? unwrapped.apply(type.cast(value)) : null,
            wrapped));
    return this;
  }

  /** What is of none of the kinds is read as the last one, which says what is wrong with it. */
  Serde<T> serde() {
    List<Kind<T, ?>> all = List.copyOf(kinds);
    Kind<T, ?> last = all.get(all.size() - 1);
    return Serdes.serdeFrom(
        (topic, value) -> {
          for (Kind<T, ?> kind : all) {
            byte[] bytes = kind.bytes(topic, value);
            if (bytes != null) {
              return bytes;
            }
          }
          return null;
        },
        (topic, bytes) ->
            bytes == null
                ? null
                : all.stream()
                    .filter(kind -> kind.fingerprints().areOf(bytes))
                    .findFirst()
                    .orElse(last)
                    .value(topic, bytes));
  }
}
