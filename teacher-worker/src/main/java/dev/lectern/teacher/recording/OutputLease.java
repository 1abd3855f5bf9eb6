package dev.lectern.teacher.recording;

import dev.lectern.teacher.model.TeacherOutputs;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;

/** The outputs of a batch, released when the last of its views is encoded. */
final class OutputLease {
  private final TeacherOutputs outputs;
  private final AtomicInteger readers;
  private final BlockingQueue<TeacherOutputs> free;

  OutputLease(TeacherOutputs outputs, int readers, BlockingQueue<TeacherOutputs> free) {
    this.outputs = outputs;
    this.readers = new AtomicInteger(readers);
    this.free = free;
  }

  TeacherOutputs outputs() {
    return outputs;
  }

  /** One reader is done. */
  void release() {
    if (readers.decrementAndGet() == 0) {
      free.add(outputs);
    }
  }
}
