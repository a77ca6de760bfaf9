/** Tells what time it is to Java (epoch milliseconds). */
public class Now {
    public static void main(String[] words) {
        System.out.println(System.currentTimeMillis());
    }
}
