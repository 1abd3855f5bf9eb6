package dev.lectern.teacher.ledger;

import dev.lectern.schemas.log.DeadLetterCheck;
import dev.lectern.schemas.log.ReceiptCheck;
import dev.lectern.schemas.record.CatalogEntry;
import dev.lectern.schemas.record.DeadLetter;
import dev.lectern.schemas.record.IndexEntry;
import dev.lectern.schemas.record.PayloadLocation;
import dev.lectern.schemas.record.Receipt;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is known of each view: its catalog entry, the first valid receipt, a dead letter.
 *
 * <p>Events come in any order. A receipt waits until its view is catalogued; then the first valid
 * one by log order is accepted, later ones are duplicates. A dead letter counts if it names the
 * record that the catalog names; a view with a receipt and a dead letter is recorded.
 */
final class ViewLedger implements Processor<String, ViewEvent, String, Outcome> {
  private static final Logger LOG = LoggerFactory.getLogger(ViewLedger.class);

  private final ReceiptCheck check;
  private final DeadLetterCheck lettersCheck;
  private ProcessorContext<String, Outcome> context;
  private KeyValueStore<String, CatalogEntry> views;
  private KeyValueStore<String, Receipt> accepted;
  private KeyValueStore<String, Receipt> waiting;
  private KeyValueStore<String, DeadLetter> letters;

  ViewLedger(ReceiptCheck check, DeadLetterCheck lettersCheck) {
    this.check = check;
    this.lettersCheck = lettersCheck;
  }

  @Override
  public void init(ProcessorContext<String, Outcome> processorContext) {
    context = processorContext;
    views = context.getStateStore(LedgerTopology.VIEWS_STORE);
    accepted = context.getStateStore(LedgerTopology.ACCEPTED_RECEIPTS_STORE);
    waiting = context.getStateStore(LedgerTopology.WAITING_RECEIPTS_STORE);
    letters = context.getStateStore(LedgerTopology.DEAD_LETTERS_STORE);
  }

  @Override
  public void process(Record<String, ViewEvent> record) {
    String viewId = record.key();
    if (viewId == null) {
      LOG.warn("record without a view id ignored at={}", coordinates());
      return;
    }
    ViewState before = state(viewId);
    LedgerCounts seen = LedgerCounts.ZERO;
    if (record.value() instanceof ViewEvent.Catalogued event) {
      seen = catalogued(viewId, event.view(), before);
    } else if (record.value() instanceof ViewEvent.Recorded event && event.receipt() != null) {
      seen = recorded(viewId, event.receipt(), before);
    } else if (record.value() instanceof ViewEvent.GivenUp event) {
      letters.putIfAbsent(letterKey(viewId, event.letter()), event.letter());
    }
    ViewState after = state(viewId);
    if (!Objects.equals(before.entry(), after.entry())) {
      context.forward(record.withValue(new Outcome.Indexed(after.entry())));
    }
    LedgerCounts change = after.counts().minus(before.counts()).plus(seen);
    if (!change.equals(LedgerCounts.ZERO)) {
      context.forward(record.withValue(new Outcome.Counted(change)));
    }
  }

  private LedgerCounts catalogued(String viewId, CatalogEntry view, ViewState before) {
    if (view == null) {
      views.delete(viewId);
    } else {
      views.put(viewId, view);
    }
    Receipt receipt = before.receipt();
    if (receipt != null && (view == null || check.fault(receipt, view) != null)) {
      accepted.delete(viewId);
      waiting.put(waitingKey(viewId, -1), receipt);
      receipt = null;
    }
    LedgerCounts seen = LedgerCounts.ZERO;
    if (view != null && receipt == null) {
      for (Receipt candidate : takeWaiting(viewId)) {
        seen = seen.plus(offer(viewId, candidate, view));
      }
    }
    return seen;
  }

  private LedgerCounts recorded(String viewId, Receipt receipt, ViewState before) {
    if (before.view() == null) {
      long offset = context.recordMetadata().map(RecordMetadata::offset).orElse(0L);
      waiting.put(waitingKey(viewId, offset), receipt);
      return LedgerCounts.ZERO;
    }
    return offer(viewId, receipt, before.view());
  }

  /** Accepts a receipt, or returns what else it counts as. */
  private LedgerCounts offer(String viewId, Receipt receipt, CatalogEntry view) {
    String fault = check.fault(receipt, view);
    if (fault != null) {
      LOG.warn(
          "receipt rejected viewId={} worker={} at={} reason=\"{}\"",
          viewId,
          receipt.getWorker(),
          coordinates(),
          fault);
      return LedgerCounts.ONE_REJECTED;
    }
    if (accepted.get(viewId) != null) {
      return LedgerCounts.ONE_DUPLICATE;
    }
    accepted.put(viewId, receipt);
    return LedgerCounts.ZERO;
  }

  private List<Receipt> takeWaiting(String viewId) {
    List<KeyValue<String, Receipt>> found = new ArrayList<>();
    try (KeyValueIterator<String, Receipt> candidates =
        waiting.prefixScan(viewId + '\0', new StringSerializer())) {
      candidates.forEachRemaining(found::add);
    }
    found.forEach(candidate -> waiting.delete(candidate.key));
    return found.stream().map(candidate -> candidate.value).toList();
  }

  /**
   * Sorts by view, then by offset; the place of a receipt that was accepted before is the first.
   */
  private static String waitingKey(String viewId, long offset) {
    return String.format("%s\0%020d", viewId, offset + 1);
  }

  private ViewState state(String viewId) {
    CatalogEntry view = views.get(viewId);
    return new ViewState(view, accepted.get(viewId), view == null ? null : letter(viewId, view));
  }

  /** The view's own dead letter; older ledgers kept one letter under the view's id alone. */
  private DeadLetter letter(String viewId, CatalogEntry view) {
    DeadLetter own = letters.get(placeKey(viewId, view.getPartition(), view.getOffset()));
    DeadLetter letter = own == null ? letters.get(viewId) : own;
    return letter != null && lettersCheck.isOf(letter, view) ? letter : null;
  }

  private static String letterKey(String viewId, DeadLetter letter) {
    return placeKey(viewId, letter.getPartition(), letter.getOffset());
  }

  private static String placeKey(String viewId, int partition, long offset) {
    return viewId + '\0' + partition + '@' + offset;
  }

  private String coordinates() {
    return context
        .recordMetadata()
        .map(m -> m.topic() + "-" + m.partition() + "@" + m.offset())
        .orElse("unknown");
  }

  /** The parts that may be absent are null; a receipt is there only if the view is. */
  private record ViewState(CatalogEntry view, Receipt receipt, DeadLetter letter) {
    IndexEntry entry() {
      return receipt == null ? null : new IndexEntry(view, receipt);
    }

    LedgerCounts counts() {
      if (view == null) {
        return LedgerCounts.ZERO;
      }
      SortedMap<String, Long> bytes = new TreeMap<>();
      if (receipt != null) {
        for (PayloadLocation payload : receipt.getPayloads()) {
          bytes.merge(payload.getKind().name(), payload.getSize(), Long::sum);
        }
        bytes.values().removeIf(n -> n == 0);
      }
      boolean dead = receipt == null && letter != null;
      return new LedgerCounts(1, receipt == null ? 0 : 1, dead ? 1 : 0, 0, 0, bytes);
    }
  }
}
