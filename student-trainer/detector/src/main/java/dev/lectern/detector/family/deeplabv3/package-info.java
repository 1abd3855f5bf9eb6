/** DeepLabV3. */
package dev.lectern.detector.family.deeplabv3;
