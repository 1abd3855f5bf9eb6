package dev.lectern.producer.jpeg;

import static org.bytedeco.leptonica.global.leptonica.L_SEVERITY_NONE;
import static org.bytedeco.leptonica.global.leptonica.pixGetData;
import static org.bytedeco.leptonica.global.leptonica.setMsgSeverity;

import dev.lectern.schemas.view.OpenCvLibrary;
import java.nio.ByteBuffer;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.leptonica.PIX;
import org.bytedeco.leptonica.global.leptonica;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Leptonica, whose build of libjpeg-turbo has vector instructions; OpenCV's has not. */
final class Leptonica {
  private static final Logger LOG = LoggerFactory.getLogger(Leptonica.class);

  /** Whether it can be used on this machine. */
  static final boolean LOADED;

  static {
    OpenCvLibrary.load();
    LOADED = load();
  }

  private Leptonica() {}

  private static boolean load() {
    try {
      Loader.load(leptonica.class);
      setMsgSeverity(L_SEVERITY_NONE);
      return true;
    } catch (UnsatisfiedLinkError e) {
      LOG.warn("JPEG takes four times as long to encode: Leptonica cannot be loaded", e);
      return false;
    }
  }

  /**
   * The memory of a 32-bit image, (height, width, 4) bytes. A pixel is a word with red in its
   * uppermost byte: in memory nothing, blue, green, red.
   */
  static Mat words(PIX pixels, int width, int height) {
    ByteBuffer memory =
        new BytePointer(pixGetData(pixels)).capacity(4L * width * height).asByteBuffer();
    return new Mat(height, width, CvType.CV_8UC4, memory);
  }
}
