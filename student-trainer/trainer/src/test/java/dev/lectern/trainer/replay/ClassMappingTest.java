package dev.lectern.trainer.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.record.Background;
import java.nio.FloatBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

class ClassMappingTest {
  private static ClassMapping between(List<String> from, List<String> student) {
    return ClassMapping.between(from, student, ClassMap.NONE);
  }

  private static ClassMap map(String yaml) {
    return ConfigLoader.bind("classes: " + yaml, List.of(), Run.class, "test").classes();
  }

  /** A configuration with the part in question. */
  record Run(ClassMap classes) {}

  @Test
  void theLogitOfSeveralClassesIsTheLargestOfTheirs() {
    // Given a teacher with two anchors per cell, classes person, car and truck, and two positions
    ClassMap classes = map("{vehicle: [car, truck], person: }");
    ClassMapping mapping =
        ClassMapping.between(List.of("person", "car", "truck"), classes.names(List.of()), classes);
    FloatBuffer stored =
        FloatBuffer.wrap(new float[] {0, 1, 2, -3, -4, 5, /* second anchor */ 9, 8, -7, 6, 0, 7});

    // When
    FloatBuffer target = FloatBuffer.allocate(8);
    mapping.gather(stored, 2, 2, target);

    // Then: max(2, -4), max(-3, 5); 0, 1; max(-7, 0), max(6, 7); 9, 8
    assertThat(target.array()).containsExactly(2, 5, 0, 1, 0, 7, 9, 8);
    assertThat(mapping.dropped()).isEmpty();
    assertThat(mapping.isIdentity()).isFalse();
  }

  @Test
  void labelsFollowTheMapAndOthersAreDropped() {
    ClassMap classes = map("{vehicle: [car, truck], person: []}");
    ClassMapping labels =
        ClassMapping.between(List.of("truck", "dog", "person"), classes.names(List.of()), classes);

    assertThat(labels.label(0)).hasValue(0);
    assertThat(labels.label(1)).isEmpty();
    assertThat(labels.label(2)).hasValue(1);
    assertThat(labels.dropped()).containsExactly("dog");
  }

  @Test
  void namesMustBeEqualAndOtherCaseIsPointedOut() {
    assertThat(between(List.of("Cat", "dog"), List.of("cat", "dog")).lacking().orElseThrow())
        .startsWith("the teacher does not know [cat (there is 'Cat')], which the student learns");
  }

  @Test
  void aClassThatIsNamedTwiceIsRefused() {
    assertThatThrownBy(() -> map("{a: [car], b: car}"))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("found 'car' under a and under b, expected each class once");
    assertThatThrownBy(() -> map("{a: 3}"))
        .hasMessageContaining("a: found 3, expected names of classes of dataset or teacher");
  }

  @Test
  void theSameListIsTheIdentity() {
    assertThat(between(List.of("cat", "dog"), List.of("cat", "dog")).isIdentity()).isTrue();
    assertThat(between(List.of("dog", "cat"), List.of("cat", "dog")).isIdentity()).isFalse();
    assertThat(between(List.of("cat", "dog"), List.of("cat")).isIdentity()).isFalse();
  }

  @Test
  void planesOfALargerTeacherAreGatheredByName() {
    // Given a teacher with four classes of two positions each
    ClassMapping mapping = between(List.of("bus", "dog", "car", "cat"), List.of("cat", "dog"));
    FloatBuffer stored = FloatBuffer.wrap(new float[] {0, 1, 10, 11, 20, 21, 30, 31});

    // When
    FloatBuffer target = FloatBuffer.allocate(4);
    mapping.gather(stored, 1, 2, target);

    // Then
    assertThat(target.array()).containsExactly(30, 31, 10, 11);
    assertThat(mapping.missing()).isEmpty();
  }

  @Test
  void aTeacherWithoutAClassHasNoLogitsOfIt() {
    ClassMapping mapping = between(List.of("dog"), List.of("cat", "dog", "cow"));

    assertThat(mapping.missing()).containsExactly("cat", "cow");
    assertThatThrownBy(() -> mapping.gather(FloatBuffer.allocate(1), 1, 1, FloatBuffer.allocate(3)))
        .hasMessage("the teacher has no logits of [cat, cow]");
  }

  @Test
  void logitsOfInstancesAreTakenColumnByColumnWithTheBackgroundLast() {
    ClassMapping mapping =
        ClassMapping.between(List.of("cat", "dog", "cow"), List.of("dog", "cat"), ClassMap.NONE);
    FloatBuffer target = FloatBuffer.allocate(6);

    // background, cat, dog, cow
    mapping.gatherColumns(
        FloatBuffer.wrap(new float[] {9, 1, 2, 3, 8, 4, 5, 6}), Background.FIRST, target);

    assertThat(target.array()).containsExactly(2, 1, 9, 5, 4, 8);
  }
}
