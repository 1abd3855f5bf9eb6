package dev.lectern.teacher.ledger;

import dev.lectern.schemas.record.CatalogEntry;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.kafka.streams.processor.api.FixedKeyProcessor;
import org.apache.kafka.streams.processor.api.FixedKeyProcessorContext;
import org.apache.kafka.streams.processor.api.FixedKeyRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Leaves out what lies on the catalog after the seal of the dataset: views of a later version of
 * it, or what somebody else wrote.
 */
final class SealedCatalog implements FixedKeyProcessor<String, CatalogEntry, CatalogEntry> {
  private static final Logger LOG = LoggerFactory.getLogger(SealedCatalog.class);

  private final Supplier<Map<String, Long>> ends;
  private FixedKeyProcessorContext<String, CatalogEntry> context;

  /**
   * @param ends {@code topic-partition} of the catalog to the offset after its last sealed entry;
   *     empty while the dataset is published
   */
  SealedCatalog(Supplier<Map<String, Long>> ends) {
    this.ends = ends;
  }

  @Override
  public void init(FixedKeyProcessorContext<String, CatalogEntry> processorContext) {
    context = processorContext;
  }

  @Override
  public void process(FixedKeyRecord<String, CatalogEntry> entry) {
    boolean sealed =
        context
            .recordMetadata()
            .map(
                at -> {
                  Long end = ends.get().get(at.topic() + "-" + at.partition());
                  if (end != null && at.offset() >= end) {
                    LOG.debug(
                        "catalog entry after the seal of its dataset skipped at={}-{}@{}"
                            + " sealedEnd={}",
                        at.topic(),
                        at.partition(),
                        at.offset(),
                        end);
                    return false;
                  }
                  return true;
                })
            .orElse(true);
    if (sealed) {
      context.forward(entry);
    }
  }
}
