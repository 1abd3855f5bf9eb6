package dev.lectern.teacher.model;

import dev.lectern.schemas.record.RecordedTensor;
import dev.lectern.schemas.record.TeacherDescriptor;
import java.nio.FloatBuffer;
import java.util.List;

/** A teacher that hands everything on to another; tests override what they change. */
public class DelegatingTeacher implements Teacher {
  private final Teacher real;

  public DelegatingTeacher(Teacher real) {
    this.real = real;
  }

  @Override
  public String id() {
    return real.id();
  }

  @Override
  public TeacherDescriptor descriptor() {
    return real.descriptor();
  }

  @Override
  public List<RecordedTensor> tensors() {
    return real.tensors();
  }

  @Override
  public void infer(FloatBuffer input, TeacherOutputs outputs) {
    real.infer(input, outputs);
  }

  @Override
  public void close() {
    real.close();
  }
}
