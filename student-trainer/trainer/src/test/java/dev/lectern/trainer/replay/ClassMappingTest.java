package dev.lectern.trainer.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.FloatBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

class ClassMappingTest {
  @Test
  void theSameListIsTheIdentity() {
    assertThat(ClassMapping.between(List.of("cat", "dog"), List.of("cat", "dog")).isIdentity())
        .isTrue();
    assertThat(ClassMapping.between(List.of("dog", "cat"), List.of("cat", "dog")).isIdentity())
        .isFalse();
    assertThat(ClassMapping.between(List.of("cat", "dog"), List.of("cat")).isIdentity()).isFalse();
  }

  @Test
  void planesOfALargerTeacherAreGatheredByName() {
    // Given a teacher with four classes of two positions each
    ClassMapping mapping =
        ClassMapping.between(List.of("bus", "dog", "car", "cat"), List.of("cat", "dog"));
    FloatBuffer stored = FloatBuffer.wrap(new float[] {0, 1, 10, 11, 20, 21, 30, 31});

    // When
    FloatBuffer target = FloatBuffer.allocate(4);
    mapping.gather(stored, 2, target);

    // Then
    assertThat(target.array()).containsExactly(30, 31, 10, 11);
    assertThat(mapping.missing()).isEmpty();
  }

  @Test
  void aTeacherWithoutAClassHasNoLogitsOfIt() {
    ClassMapping mapping = ClassMapping.between(List.of("dog"), List.of("cat", "dog", "cow"));

    assertThat(mapping.missing()).containsExactly("cat", "cow");
    assertThatThrownBy(() -> mapping.gather(FloatBuffer.allocate(1), 1, FloatBuffer.allocate(3)))
        .hasMessage("the teacher has no logits of [cat, cow]");
  }
}
