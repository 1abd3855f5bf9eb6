package dev.lectern.schemas.view;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opencv.core.Core;
import org.opencv.core.CvType;
import org.opencv.core.Mat;

class OpenCvLibraryTest {
  @TempDir Path folder;

  @Test
  void itIsFoundInAnyFolderOfThePath() throws Exception {
    String folders = "" + File.pathSeparator + folder.resolve("none") + File.pathSeparator + folder;
    assertThat(OpenCvLibrary.isInstalled(folders)).isFalse();

    Files.createFile(folder.resolve(System.mapLibraryName(Core.NATIVE_LIBRARY_NAME)));

    assertThat(OpenCvLibrary.isInstalled(folders)).isTrue();
  }

  @Test
  void loadingTwiceLeavesAWorkingLibrary() {
    OpenCvLibrary.load();
    OpenCvLibrary.load();

    assertThat(Mat.ones(2, 3, CvType.CV_8U).total()).isEqualTo(6);
  }
}
