package dev.lectern.teacher.recording;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.InputResize;
import dev.lectern.schemas.record.PixelFormat;
import dev.lectern.schemas.record.State;
import dev.lectern.schemas.record.TeacherDescriptor;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ResizeCheckTest {
  @Test
  void anotherResizeThanTheTeachersIsNamedWithTheWayOut() {
    // A step of an augmentation may have a key of the same name; it is indented.
    String plan =
        "---\ngenerator: 1\nsteps:\n- resize: stretch\nresize: \"letterbox\"\npadding: 114\n";

    assertThat(ResizeCheck.difference(dataset(plan), teacher(InputResize.STRETCH)))
        .contains(
            "dataset 'street' has resize letterbox, teacher 'nano' was trained with stretch and"
                + " loses AP: publish with --resize stretch, or measure both with lectern check");
  }

  @ParameterizedTest
  @CsvSource({"stretch, STRETCH", "letterbox, LETTERBOX", "stretch, UNKNOWN"})
  void theSameResizeOrOneThatNobodyStatesIsFine(String resize, InputResize trained) {
    assertThat(ResizeCheck.difference(dataset("resize: " + resize), teacher(trained))).isEmpty();
  }

  @Test
  void aDatasetWithoutAPlanIsFine() {
    assertThat(ResizeCheck.difference(dataset(""), teacher(InputResize.STRETCH))).isEmpty();
  }

  private static DatasetManifest dataset(String plan) {
    return DatasetManifest.newBuilder()
        .setName("street")
        .setState(State.SEALED)
        .setClassNames(List.of())
        .setCategoryIds(List.of())
        .setSourceFormat("coco")
        .setWidth(416)
        .setHeight(416)
        .setViewsPerImage(1)
        .setPixelFormat(PixelFormat.PNG)
        .setImages(0)
        .setViews(0)
        .setObjects(0)
        .setPlan(plan)
        .build();
  }

  private static TeacherDescriptor teacher(InputResize trained) {
    TeacherDescriptor teacher = new TeacherDescriptor();
    teacher.setName("nano");
    teacher.setInputResize(trained);
    return teacher;
  }
}
