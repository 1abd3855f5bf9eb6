package dev.lectern.demo.draw;

import java.util.List;

/**
 * A drawn picture.
 *
 * @param side width and height in pixels
 * @param rgb red, green, blue of each pixel, row-major
 * @param objects in the order of painting, the hindmost first
 */
public record DrawnImage(int side, byte[] rgb, List<DrawnObject> objects) {
  public DrawnImage {
    objects = List.copyOf(objects);
  }
}
