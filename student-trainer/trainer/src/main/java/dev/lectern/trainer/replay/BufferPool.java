package dev.lectern.trainer.replay;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;

/** Direct buffers for reuse by size: the garbage collector would free them late. Thread-safe. */
final class BufferPool {
  private final Map<Integer, Deque<ByteBuffer>> free = new HashMap<>();

  /** A buffer of exactly so many bytes, with any content. */
  synchronized ByteBuffer take(int bytes) {
    Deque<ByteBuffer> same = free.get(bytes);
    ByteBuffer buffer = same == null ? null : same.poll();
    return buffer == null
        ? ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder())
        : buffer.clear();
  }

  synchronized void give(ByteBuffer buffer) {
    free.computeIfAbsent(buffer.capacity(), bytes -> new ArrayDeque<>()).push(buffer);
  }
}
