package dev.lectern.schemas.view;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lectern.schemas.record.ChannelOrder;
import dev.lectern.schemas.record.PixelFormat;
import dev.lectern.schemas.record.Transform;
import dev.lectern.schemas.record.View;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

class CanvasTest {
  private static final int ORANGE = 0xFF8010;

  @Test
  void channelsComeInTheOrderThatTheModelWants() throws IOException {
    Canvas canvas = Canvas.decode(view(png(2, 1), 2, 1));
    FloatBuffer rgb = FloatBuffer.allocate(6);
    FloatBuffer bgr = FloatBuffer.allocate(6);

    new InputNormalization(ChannelOrder.RGB, new float[] {1, 2, 3}, new float[] {2, 2, 2})
        .write(canvas, rgb);
    new InputNormalization(ChannelOrder.BGR, new float[3], new float[] {1, 1, 1})
        .write(canvas, bgr);

    // red 255, green 128, blue 16
    assertThat(rgb.array()).containsExactly(127, 127, 63, 63, 6.5f, 6.5f);
    assertThat(bgr.array()).containsExactly(16, 16, 128, 128, 255, 255);
  }

  @Test
  void pixelsOfAnotherDigestAreRefused() throws IOException {
    View view = view(png(2, 1), 2, 1);
    view.setPixelsSha256(ByteBuffer.wrap(new byte[32]));

    assertThatThrownBy(() -> Canvas.decode(view))
        .isInstanceOf(CorruptPixelsException.class)
        .hasMessage("view 1#0: pixels do not match their SHA-256");
  }

  @Test
  void anImageOfAnotherSizeIsRefused() throws IOException {
    View view = view(png(3, 2), 2, 2);

    assertThatThrownBy(() -> Canvas.decode(view))
        .isInstanceOf(CorruptPixelsException.class)
        .hasMessage("view 1#0: found an image of 3x2, expected 2x2");
  }

  @Test
  void bytesThatAreNoImageAreRefused() {
    View view = view(new byte[] {1, 2, 3}, 2, 2);

    assertThatThrownBy(() -> Canvas.decode(view))
        .isInstanceOf(CorruptPixelsException.class)
        .hasMessage("view 1#0: found 3 bytes that are neither PNG nor JPEG");
  }

  private static byte[] png(int width, int height) throws IOException {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    for (int x = 0; x < width; x++) {
      for (int y = 0; y < height; y++) {
        image.setRGB(x, y, ORANGE);
      }
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ImageIO.write(image, "png", out);
    return out.toByteArray();
  }

  private static View view(byte[] pixels, int width, int height) {
    return View.newBuilder()
        .setViewId("1#0")
        .setImageId("1")
        .setViewNumber(0)
        .setSplit("train")
        .setWidth(width)
        .setHeight(height)
        .setValidWidth(width)
        .setValidHeight(height)
        .setSourceWidth(width)
        .setSourceHeight(height)
        .setTransform(new Transform(Affine.IDENTITY.toList(), List.of(), List.of()))
        .setGroundTruth(List.of())
        .setPixelFormat(PixelFormat.PNG)
        .setPixelsSha256(ByteBuffer.wrap(Canvas.sha256(pixels)))
        .setPixels(ByteBuffer.wrap(pixels))
        .build();
  }
}
