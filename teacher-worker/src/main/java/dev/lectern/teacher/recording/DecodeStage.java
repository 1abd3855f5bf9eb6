package dev.lectern.teacher.recording;

import dev.lectern.schemas.record.TeacherDescriptor;
import dev.lectern.schemas.record.View;
import dev.lectern.schemas.serde.CorruptRecordException;
import dev.lectern.schemas.serde.SchemaRegistryException;
import dev.lectern.schemas.topic.Topic;
import dev.lectern.schemas.view.Canvas;
import dev.lectern.schemas.view.CorruptPixelsException;
import dev.lectern.teacher.recording.WorkerMetrics.Part;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** First stage: from the bytes of a record to the pixels of a canvas. */
final class DecodeStage extends Stage<Delivery> {
  private final Topic<String, View> topic;
  private final int width;
  private final int height;
  private final EarlierRecording earlier;
  private final PayloadPublisher publisher;
  private final Stage<DecodedView> next;
  private final Verdicts verdicts;
  private final WorkerState state;
  private final WorkerMetrics metrics;

  /**
   * @param earlier whose outputs are taken over
   * @param publisher takes these
   * @param next takes other decoded views; the lanes bound how many there are
   */
  DecodeStage(
      Topic<String, View> topic,
      TeacherDescriptor descriptor,
      int threads,
      EarlierRecording earlier,
      PayloadPublisher publisher,
      Stage<DecodedView> next,
      Verdicts verdicts,
      WorkerState state,
      WorkerMetrics metrics) {
    super("decode", threads, new LinkedBlockingQueue<>(), state);
    this.topic = topic;
    this.width = descriptor.getInputWidth();
    this.height = descriptor.getInputHeight();
    this.earlier = earlier;
    this.publisher = publisher;
    this.next = next;
    this.verdicts = verdicts;
    this.state = state;
    this.metrics = metrics;
  }

  @Override
  void put(Delivery delivery) throws InterruptedException {
    metrics.inFlight().decoding.incrementAndGet();
    super.put(delivery);
  }

  @Override
  boolean work(BlockingQueue<Delivery> queue) throws InterruptedException {
    Delivery delivery = queue.take();
    try {
      decode(delivery);
    } finally {
      metrics.inFlight().decoding.decrementAndGet();
    }
    return true;
  }

  private void decode(Delivery delivery) throws InterruptedException {
    if (state.hasFailed()) {
      verdicts.release(delivery);
      return;
    }
    if (verdicts.exhausted(delivery)) {
      return;
    }
    try {
      DecodedView view = metrics.time(Part.DECODE, () -> decoded(delivery));
      Optional<List<Payload>> known = earlier.of(view.view());
      if (known.isPresent()) {
        publisher.publish(view, known.get());
      } else {
        next.put(view);
      }
    } catch (CorruptRecordException | CorruptPixelsException e) {
      verdicts.unrecordable(delivery, e);
    } catch (RuntimeException | Error e) {
      verdicts.failed(delivery, e);
    }
  }

  private DecodedView decoded(Delivery delivery) {
    View view = view(delivery);
    return new DecodedView(delivery, view, Canvas.decode(view));
  }

  private View view(Delivery delivery) {
    ConsumerRecord<byte[], byte[]> record = delivery.record();
    View view;
    try {
      view = topic.value().deserializer().deserialize(topic.name(), record.value());
    } catch (SchemaRegistryException e) {
      throw e;
    } catch (RuntimeException e) {
      throw new CorruptRecordException(delivery.coordinates() + ": " + e.getMessage(), e);
    }
    if (view == null) {
      throw new CorruptRecordException(
          delivery.coordinates() + ": found no value, expected a View");
    }
    if (!view.getViewId().equals(delivery.viewId())) {
      throw new CorruptRecordException(
          delivery.coordinates()
              + ": found view "
              + view.getViewId()
              + " under key "
              + delivery.viewId());
    }
    if (view.getWidth() != width || view.getHeight() != height) {
      throw new CorruptPixelsException(
          "view "
              + view.getViewId()
              + ": found a canvas of "
              + view.getWidth()
              + "x"
              + view.getHeight()
              + ", the teacher expects "
              + width
              + "x"
              + height);
    }
    return view;
  }
}
