package dev.lectern.teacher.recording;

import dev.lectern.teacher.recording.WorkerMetrics.Wait;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Where the views are that a worker holds, which tells why its teacher stands still: lanes hold so
 * many views at most and fetch none before these are settled, so a part that is slow empties all
 * others.
 */
final class UnderWay {
  /** Lanes that hold nothing and ask for views. */
  final AtomicInteger fetching = new AtomicInteger();

  /** Views that were fetched and are not decoded. */
  final AtomicInteger decoding = new AtomicInteger();

  /** Views with outputs that are not encoded. */
  final AtomicInteger encoding = new AtomicInteger();

  /** Threads that are encoding. */
  final AtomicInteger encoders = new AtomicInteger();

  /** Threads that wait until the producer takes a payload. */
  final AtomicInteger senders = new AtomicInteger();

  /** Views with payloads that are not acknowledged. */
  final AtomicInteger publishing = new AtomicInteger();

  /** Why no batch is ready. */
  Wait whyNoBatch() {
    if (fetching.get() > 0) {
      return Wait.VIEWS;
    }
    int decode = decoding.get();
    int queued = encoding.get();
    int encode = encodersSend() ? 0 : queued;
    int publish = publishing.get() + queued - encode;
    int most = Math.max(decode, Math.max(encode, publish));
    if (most == 0) {
      return Wait.VIEWS;
    }
    return most == publish ? Wait.PUBLISH : most == encode ? Wait.ENCODE : Wait.DECODE;
  }

  /** Why no buffer for outputs is free. */
  Wait whyNoBuffer() {
    return encodersSend() ? Wait.PUBLISH : Wait.ENCODE;
  }

  /** The threads that should encode are held up by the producer. */
  private boolean encodersSend() {
    return senders.get() > encoders.get();
  }
}
