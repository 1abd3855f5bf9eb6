package dev.lectern.teacher.recording;

import dev.lectern.schemas.status.TeacherWait;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Where the views are that a worker holds, which shows why its teacher waits: a lane holds a batch
 * at most and fetches no more before it is settled, so a slow part empties all others.
 */
final class InFlight {
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
  TeacherWait whyNoBatch() {
    if (fetching.get() > 0) {
      return TeacherWait.VIEWS;
    }
    int decode = decoding.get();
    int queued = encoding.get();
    int encode = encodersSend() ? 0 : queued;
    int publish = publishing.get() + queued - encode;
    int max = Math.max(decode, Math.max(encode, publish));
    if (max == 0) {
      return TeacherWait.VIEWS;
    }
    return max == publish
        ? TeacherWait.PUBLISH
        : max == encode ? TeacherWait.ENCODE : TeacherWait.DECODE;
  }

  /** Why no buffer for outputs is free. */
  TeacherWait whyNoBuffer() {
    return encodersSend() ? TeacherWait.PUBLISH : TeacherWait.ENCODE;
  }

  /** The threads that should encode are held up by the producer. */
  private boolean encodersSend() {
    return senders.get() > encoders.get();
  }
}
