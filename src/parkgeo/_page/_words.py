"""What every page says, whatever it shows."""

from typing import Final

from parkgeo._style import Text

__all__ = ["PAGE_WORDS"]

PAGE_WORDS: Final[dict[str, Text]] = {
    "basemap": Text("底图", "Basemap"),
    "plain": Text("无底图", "None"),
    "full_screen": Text("全屏", "Full screen"),
    "measure": Text("量测与绘制", "Measure and draw"),
    "measure_how": Text(
        "在地图上逐点单击；双击结束一个图形，Esc 退出。键盘：方向键移动地图，回车在图中心落点。",
        "Click point after point; a double click ends a shape, Esc leaves. By keyboard: arrows "
        "move the map, Enter puts a point in its middle.",
    ),
    "measure_next": Text("下一个", "Next shape"),
    "measure_clear": Text("清除", "Clear"),
    "export": Text("导出 GeoJSON", "Export GeoJSON"),
    "picture": Text("保存为图片", "Save as a picture"),
    "search": Text("查找名称", "Search by name"),
    "search_none": Text("没有找到", "Nothing found"),
    "all": Text("全选", "All"),
    "none": Text("全不选", "None"),
    "only_this": Text("只看", "Only"),
    "unfold": Text("展开或收起", "Unfold or fold"),
    "tree_keys": Text(
        "上下方向键移动，右键展开，左键收起，空格勾选。",
        "Up and down move, right unfolds, left folds, space ticks.",
    ),
}
