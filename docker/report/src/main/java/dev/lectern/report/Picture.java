package dev.lectern.report;

/**
 * A picture that a page holds once, however many photos show it.
 *
 * @param id of its own on the page
 * @param mediaType of the file, {@code image/png} or {@code image/jpeg}
 * @param file the picture
 * @param width pixels
 * @param height pixels
 */
public record Picture(String id, String mediaType, byte[] file, int width, int height) {}
