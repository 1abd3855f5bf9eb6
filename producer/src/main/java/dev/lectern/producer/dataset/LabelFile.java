package dev.lectern.producer.dataset;

import dev.lectern.schemas.config.FileError;
import dev.lectern.schemas.view.LabelPixels;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/**
 * A label map in a PNG file: what its samples say, whatever colours a palette gives them.
 *
 * @param width pixels
 * @param height pixels
 * @param classes (height, width), row-major
 */
record LabelFile(int width, int height, byte[] classes) {
  /**
   * Reads one.
   *
   * @param width of the upright image
   * @param height of the upright image
   * @param orientation by which the image was turned; a label map may not be yet
   * @throws UnusableImageException if it is missing, of another size, no PNG of one channel, or has
   *     a class that is not among those of the dataset
   */
  static LabelFile read(PixelLabels.InFile labels, int width, int height, Orientation orientation)
      throws UnusableImageException {
    Path file = labels.file();
    byte[] bytes;
    try {
      bytes = Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      throw new UnusableImageException(
          Problem.MISSING_ANNOTATION_FILE, "label map " + file + ": not found");
    } catch (IOException e) {
      throw malformed(file, "cannot be read: " + FileError.reason(e));
    }
    ImageReader reader = ImageIO.getImageReadersByFormatName("png").next();
    try (ImageInputStream in = new MemoryCacheImageInputStream(new ByteArrayInputStream(bytes))) {
      reader.setInput(in, true, true);
      int w = reader.getWidth(0);
      int h = reader.getHeight(0);
      boolean stored = orientation.swapsSides() && w == height && h == width;
      if (!stored && (w != width || h != height)) {
        throw new UnusableImageException(
            Problem.SIZE_MISMATCH,
            "found " + width + "x" + height + ", its label map is " + w + "x" + h);
      }
      Raster raster = reader.read(0).getRaster();
      if (raster.getNumBands() != 1 || raster.getSampleModel().getSampleSize(0) > 8) {
        throw malformed(
            file,
            "found "
                + raster.getNumBands()
                + " channels of "
                + raster.getSampleModel().getSampleSize(0)
                + " bits, expected a class index for each pixel: one channel of at most 8 bits, or"
                + " a palette");
      }
      return of(raster, labels);
    } catch (IOException | RuntimeException e) {
      throw malformed(file, "not a PNG that can be read");
    } finally {
      reader.dispose();
    }
  }

  private static LabelFile of(Raster raster, PixelLabels.InFile labels)
      throws UnusableImageException {
    int width = raster.getWidth();
    int height = raster.getHeight();
    int[] samples = raster.getSamples(0, 0, width, height, 0, (int[]) null);
    byte[] classes = new byte[samples.length];
    for (int i = 0; i < samples.length; i++) {
      if (samples[i] >= labels.classes() && samples[i] != LabelPixels.IGNORED) {
        throw malformed(
            labels.file(),
            "found class "
                + samples[i]
                + " at x "
                + i % width
                + ", y "
                + i / width
                + ", expected 0 to "
                + (labels.classes() - 1)
                + ", or "
                + LabelPixels.IGNORED
                + " for a pixel to be ignored");
      }
      classes[i] = (byte) samples[i];
    }
    return new LabelFile(width, height, classes);
  }

  private static UnusableImageException malformed(Path file, String reason) {
    return new UnusableImageException(
        Problem.MALFORMED_ANNOTATION_FILE, "label map " + file + ": " + reason);
  }
}
