package dev.lectern.teacher.recording;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ClassNameCheckTest {
  @Test
  void anotherOrderAndFurtherClassesOfTheTeacherAreFine() {
    assertThat(differences(List.of("b", "a"), List.of("a", "c", "b"))).isEmpty();
  }

  @Test
  void namesThatDifferInCaseBlanksOrAgeAreMatched() {
    assertThat(
            differences(
                List.of("Person", "traffic_light", "aeroplane", "dog"),
                List.of("person", "traffic light", "airplane", "dog")))
        .containsExactly(
            "dataset 'd' and teacher 't' spell classes differently: 'Person' is 'person' to the"
                + " teacher, 'traffic_light' is 'traffic light' to the teacher, 'aeroplane' is"
                + " 'airplane' to the teacher; correct the descriptor, or let runs rename them (key"
                + " classes)");
  }

  @Test
  void whatTheTeacherDoesNotKnowIsNamed() {
    assertThat(differences(List.of("dog", "yak"), List.of("dog")))
        .singleElement()
        .asString()
        .startsWith("teacher 't' does not know 'yak' of dataset 'd'");
    assertThat(differences(List.of("yak"), List.of("dog")))
        .singleElement()
        .asString()
        .startsWith("teacher 't' does not know any class of dataset 'd'");
  }

  @Test
  void aNameThatTheTeacherHasTwiceIsNamed() {
    assertThat(differences(List.of("a"), List.of("a", "b", "a", "b")))
        .containsExactly("teacher 't' names a class twice: 'a', 'b'");
  }

  private static List<String> differences(List<String> dataset, List<String> teacher) {
    return ClassNameCheck.differences("d", dataset, "t", teacher);
  }
}
